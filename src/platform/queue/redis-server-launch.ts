import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Clock } from '../../kernel/clock.ts';
import type { Logger } from '../../kernel/logger.ts';
import { startDependentChild } from '../process/child-that-dies-with-us.ts';
import { type EmbeddedAddress, embeddedUrl } from './embedded-address.ts';
import { redisConfigFile } from './redis-config-file.ts';
import { endLeftover, type RedisInstance, waitUntilReady } from './redis-instance.ts';

export interface RedisServerLaunch {
  /** Absolute path of redis-server or valkey-server. */
  readonly binary: string;
  readonly address: EmbeddedAddress;
  /** null: the unix socket. */
  readonly port: number | null;
  /** PATH of the wrapping shell. */
  readonly searchPath: string;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Starts redis-server as a child that dies with us; returns once it answers. Throws `away` where it does not. */
export async function launchRedisServer(launch: RedisServerLaunch): Promise<RedisInstance> {
  const { address, port, clock, logger } = launch;
  const url = embeddedUrl(address, port);
  await endLeftover(url);
  if (port === null && address.socket !== null) rmSync(address.socket, { force: true });
  const file = join(address.dir, 'redis.conf');
  writeFileSync(file, redisConfigFile(address, port), { mode: 0o600 });
  const child = startDependentChild({
    file: launch.binary,
    args: [file],
    cwd: address.dir,
    env: { PATH: launch.searchPath },
    onLine: (line) => logger.debug({ line }, 'redis-server says'),
  });
  try {
    await waitUntilReady(url, child, clock);
  } catch (error) {
    await child.stop();
    throw error;
  }
  return {
    ended: child.ended,
    async stop() {
      // Told so it goes at once; a signal is only looked at once a second (`hz`).
      await endLeftover(url);
      await child.stop();
    },
  };
}
