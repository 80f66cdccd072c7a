import type { EmbeddedAddress } from './embedded-address.ts';

/**
 * The configuration of an embedded redis-server: memory only (the database is the truth, nothing is dumped), reachable
 * by one unix socket or one loopback port, always with a password. `port` null: the socket.
 */
export function redisConfigFile(address: EmbeddedAddress, port: number | null): string {
  const where =
    port === null
      ? ['port 0', `unixsocket ${quote(address.socket ?? '')}`, 'unixsocketperm 700']
      : ['bind 127.0.0.1', `port ${port}`];
  return [
    ...where,
    `dir ${quote(address.dir)}`,
    `requirepass ${quote(address.password)}`,
    'daemonize no',
    'supervised no',
    'save ""',
    'appendonly no',
    'stop-writes-on-bgsave-error no',
    'maxmemory-policy noeviction',
    'databases 1',
    // Ten times a second it would look for what we have none of: keys to expire, clients to time out.
    'hz 1',
    'tcp-backlog 128',
    'loglevel warning',
    'logfile ""',
    '',
  ].join('\n');
}

/** redis.conf's own quoting; every byte that is not plain goes as \xHH. */
function quote(text: string): string {
  const escaped = [...Buffer.from(text)].map((byte) =>
    byte < 0x20 || byte === 0x22 || byte === 0x5c || byte > 0x7e
      ? `\\x${byte.toString(16).padStart(2, '0')}`
      : String.fromCharCode(byte),
  );
  return `"${escaped.join('')}"`;
}
