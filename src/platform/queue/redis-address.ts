import { HoldfastError, messageOf } from '../../kernel/errors.ts';

/** ioredis's words for where to connect and as whom. */
interface RedisTarget {
  host?: string;
  port?: number;
  path?: string;
  db?: number;
  username?: string;
  password?: string;
  tls?: { servername: string };
}

/** Where a Redis or Valkey listens. Holds the password: never log it, log `label`. */
export interface RedisAddress {
  readonly options: RedisTarget;
  /** Host and port, or the socket's path: without user and password. */
  readonly label: string;
}

const WAY_OUT =
  'write redis_url as redis://[user:password@]host:port[/db], rediss://… for TLS, or unix:///path/to/redis.sock?password=…';

/** Reads a `redis_url`. Throws `invalid` where it is none; the text itself, which may hold a password, is never shown. */
export function parseRedisUrl(text: string): RedisAddress {
  if (text.startsWith('/')) return { options: { path: text }, label: text };
  const url = readUrl(text);
  if (url.protocol === 'unix:') return unixAddress(url);
  if (url.protocol !== 'redis:' && url.protocol !== 'rediss:') {
    throw refuse(`redis_url begins with ${JSON.stringify(`${url.protocol}//`)}`);
  }
  if (url.hostname === '') throw refuse('redis_url names no host');
  const port = url.port === '' ? 6379 : Number(url.port);
  const host = decode(url.hostname).replace(/^\[(.*)\]$/, '$1');
  return {
    label: `${url.hostname}:${port}`,
    options: {
      host,
      port,
      db: readDb(url.pathname.slice(1)),
      ...(url.protocol === 'rediss:' ? { tls: { servername: host } } : {}),
      ...credentials(url.username, url.password),
    },
  };
}

/** The address of a unix socket as `redis_url` text. */
export function unixRedisUrl(path: string, password: string): string {
  return `unix://${path.split('/').map(encodeURIComponent).join('/')}?password=${encodeURIComponent(password)}`;
}

function unixAddress(url: URL): RedisAddress {
  const path = decode(url.pathname);
  if (url.host !== '' || !path.startsWith('/')) throw refuse('redis_url of a unix socket needs an absolute path');
  const query = url.searchParams;
  return {
    label: path,
    options: {
      path,
      db: readDb(query.get('db') ?? ''),
      ...credentials(query.get('username') ?? '', query.get('password') ?? '', false),
    },
  };
}

function credentials(username: string, password: string, encoded = true): RedisTarget {
  const read = (text: string) => (encoded ? decode(text) : text);
  return { ...(username ? { username: read(username) } : {}), ...(password ? { password: read(password) } : {}) };
}

function readUrl(text: string): URL {
  try {
    return new URL(text);
  } catch (error) {
    throw refuse(`redis_url is not a URL (${messageOf(error)})`);
  }
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw refuse('redis_url has a "%" that begins no escape (a literal one is written %25)');
  }
}

function readDb(text: string): number {
  if (!/^\d{0,4}$/.test(text)) throw refuse('redis_url names a database that is not a number');
  return Number(text || '0');
}

function refuse(what: string): HoldfastError {
  return new HoldfastError('invalid', `${what}; ${WAY_OUT}`, { treatment: { kind: 'human', wayOut: WAY_OUT } });
}
