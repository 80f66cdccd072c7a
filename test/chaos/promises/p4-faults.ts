import type { BreakableRedis } from '../harness/breakable-redis.ts';

/** Something that happens to Redis: broken, and after a while whole again. */
export interface RedisFault {
  readonly name: string;
  strike(redis: BreakableRedis): Promise<unknown>;
  /** Nothing where it mends itself. */
  mend?(redis: BreakableRedis): Promise<unknown>;
}

const EVICTING = ['--maxmemory-policy', 'allkeys-lru'];

/** Redis as it breaks in the field: emptied, dead, away, evicting, full, locked, configured by somebody else. */
export const REDIS_FAULTS: readonly RedisFault[] = [
  { name: 'FLUSHALL', strike: (redis) => redis.tell('FLUSHALL') },
  {
    name: 'kill -9 without persistence',
    async strike(redis) {
      await redis.kill();
      await redis.start();
    },
  },
  { name: 'away, and back empty', strike: (redis) => redis.kill(), mend: (redis) => redis.start() },
  {
    name: 'paused',
    strike: async (redis) => redis.signal('SIGSTOP'),
    mend: async (redis) => redis.signal('SIGCONT'),
  },
  {
    name: 'back with a policy that evicts',
    async strike(redis) {
      await redis.kill();
      await redis.start(...EVICTING);
    },
    mend: (redis) => redis.tell('CONFIG SET maxmemory-policy noeviction'),
  },
  {
    name: 'evicting everything',
    strike: (redis) => redis.tell('CONFIG SET maxmemory-policy allkeys-random', 'CONFIG SET maxmemory 1'),
    mend: (redis) => redis.tell('CONFIG SET maxmemory 0', 'CONFIG SET maxmemory-policy noeviction'),
  },
  {
    name: 'full',
    strike: (redis) => redis.tell('CONFIG SET maxmemory 1'),
    mend: (redis) => redis.tell('CONFIG SET maxmemory 0'),
  },
  {
    name: 'behind a password that nobody knows',
    strike: (redis) => redis.tell('CONFIG SET requirepass x', 'CLIENT KILL TYPE normal'),
    mend: (redis) => redis.tell('AUTH x', 'CONFIG SET requirepass ""'),
  },
  {
    name: 'all connections cut, scripts forgotten',
    strike: (redis) => redis.tell('SCRIPT FLUSH', 'CLIENT KILL TYPE normal'),
  },
  {
    name: 'refusing writes for a while',
    strike: (redis) => redis.tell('CLIENT PAUSE 3000 WRITE'),
  },
];
