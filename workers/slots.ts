/** How many runs a worker carries at a time; an adopted one takes a place as well, though no job rang for it. */
export class Slots {
  readonly #capacity: number;
  #taken = 0;
  readonly #waiting: (() => void)[] = [];

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  /** Waits for a free place; resolves to false where the signal aborts first. */
  async take(signal: AbortSignal): Promise<boolean> {
    while (this.#taken >= this.#capacity) {
      if (signal.aborted) return false;
      await new Promise<void>((resolve) => {
        this.#waiting.push(resolve);
        signal.addEventListener('abort', () => resolve(), { once: true });
      });
    }
    if (signal.aborted) return false;
    this.#taken += 1;
    return true;
  }

  /** Takes a place if one is free now. */
  tryTake(): boolean {
    if (this.#taken >= this.#capacity) return false;
    this.#taken += 1;
    return true;
  }

  /** Takes a place whether there is one or not: what runs already is not asked. */
  takeAnyway(): void {
    this.#taken += 1;
  }

  /** Whether somebody waits for a place, or more are taken than there are. */
  get isCrowded(): boolean {
    return this.#taken > this.#capacity || this.#waiting.length > 0;
  }

  give(): void {
    this.#taken -= 1;
    // All of them: one that gave up must not swallow the turn of another.
    for (const wake of this.#waiting.splice(0)) wake();
  }
}
