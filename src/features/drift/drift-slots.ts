import { sha256 } from '../../kernel/digest.ts';

/** Random time on top of a slot: this share of the interval, at most 30 s. */
const JITTER_SHARE = 0.02;
const JITTER_MOST_MS = 30_000;
/** However long an interval is, checks that an outage left out are made up for within this time. */
const CATCH_UP_MOST_MS = 6 * 3_600_000;

/** Where in [0, 1) of each interval a stack has its turn: by the hash of its name, so that all are spread evenly. Pure. */
export function phaseOf(stack: string): number {
  return Number.parseInt(sha256(stack).slice(0, 12), 16) / 2 ** 48;
}

/** The stack's next turn after `after`, in ms. `chance` in [0, 1) moves it a little. Pure. */
export function nextSlot(stack: string, everyMs: number, { after, chance }: { after: number; chance: number }): number {
  const offset = Math.floor(phaseOf(stack) * everyMs);
  const turn = Math.floor((after - offset) / everyMs + 1) * everyMs + offset;
  return turn + Math.floor(chance * Math.min(JITTER_MOST_MS, everyMs * JITTER_SHARE));
}

/**
 * When a check is made up for that was due while nobody was there: spread over one interval (at most six hours) by the
 * same hash, so that an outage makes no herd. Pure.
 */
export function catchUpAt(stack: string, everyMs: number, now: number): number {
  return now + Math.floor(phaseOf(stack) * Math.min(everyMs, CATCH_UP_MOST_MS));
}
