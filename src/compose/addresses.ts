import type { ServerConfig } from '../config/server-config.ts';

/** Where this instance is reached. No address ends with a slash. */
export interface Addresses {
  /** On this host. */
  readonly local: string;
  /** For people: what links in messages begin with. */
  readonly external: string;
  /** For workers and the terraform they start: must be the same after a restart. */
  readonly worker: string;
}

/** Addresses of an instance that listens on `port`. Workers under `up` are on this host and need no proxy. Pure. */
export function addressesOf(config: ServerConfig, port: number, mode: 'up' | 'serve'): Addresses {
  const { host } = config.listen;
  const isAny = host === '0.0.0.0' || host === '::';
  const name = isAny ? '127.0.0.1' : host.includes(':') ? `[${host}]` : host;
  const local = `http://${name}:${port}`;
  const external = config.externalUrl ?? local;
  return { local, external, worker: mode === 'up' ? local : external };
}
