import type { Clock } from '../../src/kernel/clock.ts';

/** A clock on which nobody waits: a timer fires at once and takes the time to its moment. */
export interface JumpingClock extends Clock {
  advance(ms: number): void;
}

export function createJumpingClock(startAt: number): JumpingClock {
  let now = startAt;
  return {
    now: () => now,
    after(delayMs, fn) {
      const at = now + Math.max(0, delayMs);
      const timer = setImmediate(() => {
        now = Math.max(now, at);
        fn();
      });
      return () => clearImmediate(timer);
    },
    advance(ms) {
      now += ms;
    },
  };
}
