import { expect, test } from 'vitest';
import type { Clock } from '../../kernel/clock.ts';
import { silentLogger } from '../../kernel/logger.ts';
import { keepAlive } from './keep-alive.ts';
import type { RedisInstance } from './redis-instance.ts';

/** A clock that jumps to each timer at once and writes down how long it would have been. */
function jumpingClock(): Clock & { waits: number[] } {
  let now = 0;
  const waits: number[] = [];
  return {
    waits,
    now: () => now,
    after(delayMs, fn) {
      waits.push(delayMs);
      now += delayMs;
      const timer = setImmediate(fn);
      return () => clearImmediate(timer);
    },
  };
}

function mortal(): RedisInstance & { die(how: string): void } {
  const { promise, resolve } = Promise.withResolvers<string>();
  return { ended: promise, die: resolve, stop: async () => resolve('stopped') };
}

test('an instance that dies is launched again with doubling delay, and its end is told', async () => {
  const clock = jumpingClock();
  const born: ReturnType<typeof mortal>[] = [];
  const launched = [Promise.withResolvers<void>(), Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const kept = await keepAlive(
    async () => {
      const next = mortal();
      born.push(next);
      launched[born.length - 1]?.resolve();
      return next;
    },
    { clock, logger: silentLogger },
  );
  const ends: string[] = [];
  kept.onExit((how) => ends.push(how));
  born[0]?.die('killed by SIGKILL');
  await launched[1]?.promise;
  born[1]?.die('exited with code 1');
  await launched[2]?.promise;
  await kept.stop();
  expect(ends).toEqual(['killed by SIGKILL', 'exited with code 1']);
  expect(clock.waits).toEqual([50, 100]);
  expect(born).toHaveLength(3);
});

test('a launch that fails later is tried again; the first failure is thrown', async () => {
  const clock = jumpingClock();
  const revived = Promise.withResolvers<void>();
  const first = mortal();
  let launches = 0;
  const kept = await keepAlive(
    async () => {
      launches++;
      if (launches === 1) return first;
      if (launches < 4) throw new Error('port in use');
      revived.resolve();
      return mortal();
    },
    { clock, logger: silentLogger },
  );
  first.die('x');
  await revived.promise;
  await kept.stop();
  expect(launches).toBe(4);
  const failing = keepAlive(() => Promise.reject(new Error('no')), { clock, logger: silentLogger });
  await expect(failing).rejects.toThrow('no');
});
