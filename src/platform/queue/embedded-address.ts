import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join, resolve } from 'node:path';
import { z } from 'zod';
import { newSecret } from '../../kernel/ids.ts';
import type { Random } from '../../kernel/random.ts';
import { unixRedisUrl } from './redis-address.ts';

/** `sun_path` holds 108 bytes, the last of them NUL: a longer path is cut off in silence by some, refused by others. */
const MAX_SOCKET_PATH = 107;

const Kept = z.object({ password: z.string().min(40), port: z.int().min(1).max(65_535).nullable() });

/** Where the embedded Redis is found: the same over restarts, so that clients only have to reconnect. */
export interface EmbeddedAddress {
  /** Folder of its own below data_dir, 0700. */
  readonly dir: string;
  readonly password: string;
  /** Absolute path of the unix socket; null where it would be too long. */
  readonly socket: string | null;
}

/** Reads or makes folder and password. */
export function prepareEmbeddedAddress(dataDir: string, random: Random): EmbeddedAddress {
  const dir = join(resolve(dataDir), 'redis');
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  chmodSync(dir, 0o700);
  const kept = readKept(dir);
  const password = kept?.password ?? newSecret(random);
  if (kept === null) writeKept(dir, { password, port: null });
  const socket = join(dir, 'redis.sock');
  return { dir, password, socket: Buffer.byteLength(socket) > MAX_SOCKET_PATH ? null : socket };
}

/** A free loopback port: the wanted one, else the one of last time, else any; remembered. */
export async function chooseLoopbackPort(address: EmbeddedAddress, wanted: number | null): Promise<number> {
  const last = wanted ?? readKept(address.dir)?.port ?? 0;
  const port = (await tryPort(last)) ?? (await tryPort(0));
  if (port === null) throw new Error('no loopback port is free');
  writeKept(address.dir, { password: address.password, port });
  return port;
}

/** The address as `redis_url` text; it holds the password. */
export function embeddedUrl(address: EmbeddedAddress, port: number | null): string {
  if (port === null && address.socket !== null) return unixRedisUrl(address.socket, address.password);
  return `redis://:${address.password}@127.0.0.1:${port}`;
}

function tryPort(port: number): Promise<number | null> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(null));
    server.listen(port, '127.0.0.1', () => {
      const bound = server.address();
      server.close(() => resolve(typeof bound === 'object' && bound !== null ? bound.port : null));
    });
  });
}

function readKept(dir: string): z.infer<typeof Kept> | null {
  try {
    return Kept.parse(JSON.parse(readFileSync(join(dir, 'address.json'), 'utf8')));
  } catch {
    // Absent or torn: a new password costs nothing, for nothing is kept in this Redis.
    return null;
  }
}

function writeKept(dir: string, kept: z.infer<typeof Kept>): void {
  writeFileSync(join(dir, 'address.json'), JSON.stringify(kept), { mode: 0o600 });
}
