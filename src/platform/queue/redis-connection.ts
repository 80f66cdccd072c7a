import { Redis } from 'ioredis';
import { HoldfastError, messageOf } from '../../kernel/errors.ts';
import { parseRedisUrl } from './redis-address.ts';
import { checkEvictionPolicy } from './redis-policy.ts';

const MAX_BACKOFF_MS = 5_000;

/** Milliseconds before the n-th reconnect (from 1): 50 ms doubling to 5 s, without end. */
function reconnectDelayMs(times: number): number {
  return Math.min(MAX_BACKOFF_MS, 50 * 2 ** Math.min(times - 1, 7));
}

/**
 * `producer`: a command fails at once while Redis is away (the caller lives without it). `consumer`: commands wait for
 * the connection to come back, as BullMQ's worker wants it.
 */
export type RedisRole = 'producer' | 'consumer';

/** A connection that reconnects for ever, ≤ 5 s apart. The caller must listen to `error`. */
export function connectRedis(url: string, role: RedisRole): Redis {
  const roleOptions =
    role === 'producer'
      ? {
          enableOfflineQueue: false,
          maxRetriesPerRequest: 0,
          commandTimeout: 5_000,
          autoResendUnfulfilledCommands: false,
        }
      : { maxRetriesPerRequest: null };
  return new Redis({
    ...parseRedisUrl(url).options,
    connectionName: `holdfast-${role}`,
    connectTimeout: 5_000,
    keepAlive: 10_000,
    retryStrategy: reconnectDelayMs,
    ...roleOptions,
  });
}

/** How a Redis answered once. `away` is no error: the queue works without it as soon as it comes. */
export type RedisProbe =
  | { readonly kind: 'ok'; readonly version: string }
  | { readonly kind: 'away'; readonly reason: string };

/**
 * Connects once and looks: for start and for doctor. Throws `invalid` where Redis answers but may not be used (evicts
 * keys, refuses the password).
 */
export async function probeRedis(url: string, timeoutMs = 5_000): Promise<RedisProbe> {
  const { options, label } = parseRedisUrl(url);
  const redis = new Redis({
    ...options,
    lazyConnect: true,
    connectTimeout: timeoutMs,
    commandTimeout: timeoutMs,
    maxRetriesPerRequest: 0,
    retryStrategy: () => null,
  });
  let first: unknown = null;
  redis.on('error', (error) => {
    first ??= error;
  });
  try {
    await redis.connect();
    return { kind: 'ok', version: await checkEvictionPolicy(redis, label) };
  } catch (error) {
    if (error instanceof HoldfastError) throw error;
    // `connect` itself only says "Connection is closed".
    const reason = `Redis at ${label}: ${messageOf(first ?? error)}`;
    if (/NOAUTH|WRONGPASS|NOPERM|invalid.*password/i.test(reason)) {
      throw new HoldfastError('invalid', `${reason}; give redis_url the user and password that may use it`);
    }
    return { kind: 'away', reason };
  } finally {
    redis.disconnect();
  }
}
