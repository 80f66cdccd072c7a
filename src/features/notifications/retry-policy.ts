import type { Verdict } from './judge-answer.ts';
import type { Setback } from './notification-store.ts';

const FIRST_MS = 1_000;
const LAST_MS = 600_000;
/** What is rejected so often will not be taken any more. */
const REJECTIONS = 8;
/** What is that old is no news. */
const TOO_OLD_MS = 3 * 86_400_000;

export interface Failed {
  readonly verdict: Exclude<Verdict, { kind: 'delivered' }>;
  /** Tries before this one. */
  readonly attempts: number;
  readonly createdAt: number;
  readonly now: number;
  /** In [0, 1). */
  readonly chance: number;
}

/** When it is tried again, or that it is given up: 1 s doubling to 10 min with jitter, never before Retry-After. Pure. */
export function decideSetback({ verdict, attempts, createdAt, now, chance }: Failed): Setback {
  const tries = attempts + 1;
  const hasHadEnough = verdict.kind === 'rejected' && tries >= REJECTIONS;
  if (hasHadEnough || isTooOld(createdAt, now)) {
    return { status: 'failed', nextAttemptAt: now, error: `${verdict.error} (given up after ${tries} tries)` };
  }
  const backoff = Math.min(LAST_MS, FIRST_MS * 2 ** Math.min(attempts, 20)) * (0.5 + chance / 2);
  const waitMs = Math.max(backoff, verdict.kind === 'away' ? (verdict.retryAfterMs ?? 0) : 0);
  return { status: 'pending', nextAttemptAt: Math.ceil(now + waitMs), error: verdict.error };
}

/** Whether nobody needs to hear it any more. */
export function isTooOld(createdAt: number, now: number): boolean {
  return now - createdAt > TOO_OLD_MS;
}
