/** The only source of time. Everything that decides takes a `Clock`, so that tests can own time. */
export interface Clock {
  /** Milliseconds since the Unix epoch. */
  now(): number;
  /** Calls `fn` once after `delayMs` (negative: soon); the returned function cancels it. Never keeps the process alive. */
  after(delayMs: number, fn: () => void): () => void;
}

/** A longer delay (25 days and more) would overflow: Node waits 1 ms instead. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** The machine's clock. */
export const systemClock: Clock = {
  now: () => Date.now(),
  after(delayMs, fn) {
    let timer: NodeJS.Timeout;
    const arm = (leftMs: number) => {
      const stepMs = Math.min(leftMs, LONGEST_TIMER_MS);
      timer = setTimeout(() => (leftMs > stepMs ? arm(leftMs - stepMs) : fn()), stepMs);
      timer.unref();
    };
    arm(Math.max(0, delayMs));
    return () => clearTimeout(timer);
  },
};

/**
 * Resolves after `delayMs` on the given clock, or at once when one of the signals aborts (a signal made of them would cost
 * four times as much). Never rejects.
 */
export function sleep(clock: Clock, delayMs: number, ...signals: readonly (AbortSignal | undefined)[]): Promise<void> {
  return new Promise((resolve) => {
    if (signals.some((signal) => signal?.aborted)) return resolve();
    const cancel = clock.after(delayMs, done);
    function done() {
      for (const signal of signals) signal?.removeEventListener('abort', done);
      cancel();
      resolve();
    }
    for (const signal of signals) signal?.addEventListener('abort', done, { once: true });
  });
}

/** RFC 3339 in UTC for an epoch time in ms; null stays null. */
export function toRfc3339(atMs: number): string;
export function toRfc3339(atMs: number | null): string | null;
export function toRfc3339(atMs: number | null): string | null {
  return atMs === null ? null : new Date(atMs).toISOString();
}
