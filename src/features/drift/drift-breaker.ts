/** What happened within one pass (one interval of the instance). */
export interface Burst {
  /** Stacks that began to drift or to fail within it. */
  readonly troubled: number;
  /** All stacks that are checked. */
  readonly total: number;
  /** `drift.breaker`. */
  readonly percent: number;
}

/** Fewer stacks are no burst, whatever share of a small instance they are. */
const LEAST = 3;

/**
 * Whether so many stacks drift or fail at once that something common to them is the likelier cause: then one message is
 * told instead of many, and nothing is put right by itself until a person has looked. Pure.
 */
export function isBurst({ troubled, total, percent }: Burst): boolean {
  return troubled >= LEAST && troubled * 100 > percent * total;
}
