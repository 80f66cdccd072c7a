import { Redis } from 'ioredis';
import { type Clock, sleep } from '../../kernel/clock.ts';
import { HoldfastError } from '../../kernel/errors.ts';
import { parseRedisUrl } from './redis-address.ts';
import { probeRedis } from './redis-connection.ts';

/** One life of an embedded server. */
export interface RedisInstance {
  /** Resolves when it is gone, with a sentence how. Never rejects. */
  readonly ended: Promise<string>;
  stop(): Promise<void>;
}

const READY_WITHIN_MS = 15_000;
const LOOK_EVERY_MS = 15;
const GONE_WITHIN_MS = 3_000;
/** Below this BullMQ's scripts do not run well. */
const OLDEST_MAJOR = 6;

/** Waits until the server answers with our password. Throws `away` where it ends first, is too old or takes too long. */
export async function waitUntilReady(url: string, instance: RedisInstance, clock: Clock): Promise<void> {
  let end: string | null = null;
  void instance.ended.then((how) => {
    end = how;
  });
  const deadline = clock.now() + READY_WITHIN_MS;
  for (;;) {
    const probe = await probeRedis(url, 2_000);
    if (probe.kind === 'ok') return refuseOld(probe.version);
    if (end !== null) throw new HoldfastError('away', `it ${end}`);
    if (clock.now() > deadline) throw new HoldfastError('away', probe.reason);
    await sleep(clock, LOOK_EVERY_MS);
  }
}

/**
 * A server that still listens there with our password was started by a process that has died: it is told to end, so that
 * it cannot remove the socket of its successor. Whether the address is free now.
 */
export async function endLeftover(url: string): Promise<boolean> {
  const redis = new Redis({
    ...parseRedisUrl(url).options,
    lazyConnect: true,
    connectTimeout: GONE_WITHIN_MS,
    commandTimeout: GONE_WITHIN_MS,
    maxRetriesPerRequest: 0,
    retryStrategy: () => null,
  });
  redis.on('error', () => {});
  try {
    await redis.connect();
  } catch (error) {
    redis.disconnect();
    return !/NOAUTH|WRONGPASS/.test(String(error));
  }
  const closed = new Promise<void>((resolve) => redis.once('end', () => resolve()));
  await redis.call('SHUTDOWN', 'NOSAVE').catch(() => {});
  redis.disconnect();
  await closed;
  return true;
}

function refuseOld(version: string): void {
  const major = Number.parseInt(version, 10);
  if (major < OLDEST_MAJOR) throw new HoldfastError('away', `its version ${version} is too old`);
}
