import { type Clock, sleep } from '../kernel/clock.ts';

/** Sleeps and keeps the process alive meanwhile, which the clock's own timers never do. Ends at once on `signal`. */
export async function sleepAlive(clock: Clock, delayMs: number, signal?: AbortSignal): Promise<void> {
  const alive = setInterval(() => {}, 2 ** 30);
  try {
    await sleep(clock, delayMs, signal);
  } finally {
    clearInterval(alive);
  }
}
