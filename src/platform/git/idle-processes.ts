/**
 * Processes of all repositories together that wait for work: beyond `most` the one that has waited longest is ended. A
 * hundred repositories that were looked at once would else hold two processes each.
 */
export class IdleProcesses {
  readonly #most: number;
  /** How each is ended; who has waited longest comes first. */
  readonly #ends = new Set<() => void>();

  constructor(most: number) {
    this.#most = most;
  }

  /** One begins to wait; `end` ends it, and is called at most once until it is added again. */
  add(end: () => void): void {
    this.#ends.delete(end);
    this.#ends.add(end);
    if (this.#ends.size <= this.#most) return;
    const [longest] = this.#ends;
    if (longest === undefined) return;
    this.#ends.delete(longest);
    longest();
  }

  /** One has work again, or is gone. */
  remove(end: () => void): void {
    this.#ends.delete(end);
  }
}

/** Of all repositories together; starting one again costs 3 ms. */
export const allIdle = new IdleProcesses(8);

/** A process ends after so long without a question. */
export const IDLE_MS = 10_000;
