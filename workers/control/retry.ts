import { type Clock, sleep } from '../../src/kernel/clock.ts';
import { HoldfastError, messageOf } from '../../src/kernel/errors.ts';
import type { Logger } from '../../src/kernel/logger.ts';

export interface RetryOptions {
  readonly clock: Clock;
  readonly logger: Logger;
  /** Ends the waiting: the last error is thrown. */
  readonly signal?: AbortSignal;
  /** First and longest pause; 1 s and 30 s unless a test is in a hurry. */
  readonly pauses?: { readonly firstMs: number; readonly longestMs: number };
}

const PAUSES = { firstMs: 1000, longestMs: 30_000 };

/** The pause before the n-th further try (from 0): doubling, or what the other side asked for, at most the longest. */
export function pauseMs(failures: number, askedMs: number | undefined, pauses = PAUSES): number {
  const grown = pauses.firstMs * 2 ** Math.min(failures, 16);
  return Math.min(pauses.longestMs, Math.max(grown, askedMs ?? 0));
}

/** Tries until it succeeds, for ever, where the error's treatment is `retry`; throws any other error at once. */
export async function retryForever<T>(what: string, attempt: () => Promise<T>, options: RetryOptions): Promise<T> {
  for (let failures = 0; ; failures++) {
    try {
      return await attempt();
    } catch (error) {
      const treatment = error instanceof HoldfastError ? error.treatment : null;
      if (treatment?.kind !== 'retry' || options.signal?.aborted) throw error;
      const waitMs = pauseMs(failures, treatment.afterMs, options.pauses);
      if (failures === 0) options.logger.warn({ what, reason: messageOf(error) }, 'will be tried again');
      await sleep(options.clock, waitMs, options.signal);
      if (options.signal?.aborted) throw error;
    }
  }
}
