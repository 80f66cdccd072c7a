import { HoldfastError } from '../../kernel/errors.ts';

/** What `INFO` is asked of. */
export interface RedisInfo {
  info(...sections: string[]): Promise<string>;
}

const WAY_OUT = 'set `maxmemory-policy noeviction` (CONFIG SET maxmemory-policy noeviction, and in redis.conf)';

/**
 * Throws `invalid` where this Redis drops keys when its memory is full: queued work would vanish in silence. Returns
 * its version. `INFO` is asked because managed services forbid `CONFIG`; one that hides the policy is taken at its word.
 */
export async function checkEvictionPolicy(redis: RedisInfo, label: string): Promise<string> {
  const text = await redis.info();
  const policy = readInfo(text, 'maxmemory_policy');
  if (policy !== null && policy !== 'noeviction') {
    throw new HoldfastError(
      'invalid',
      `Redis at ${label} has maxmemory-policy "${policy}" and may drop jobs; ${WAY_OUT}`,
      {
        treatment: { kind: 'human', wayOut: WAY_OUT },
        details: { policy },
      },
    );
  }
  return readInfo(text, 'valkey_version') ?? readInfo(text, 'redis_version') ?? 'unknown';
}

function readInfo(text: string, key: string): string | null {
  return new RegExp(`^${key}:(.*?)\\r?$`, 'm').exec(text)?.[1] ?? null;
}
