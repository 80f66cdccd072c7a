import type { Clock } from '../../kernel/clock.ts';

/** What a round of work says about the next one. */
export interface Round {
  /** Whether it found something. */
  readonly moved: boolean;
  readonly nextInMs: number;
}

export interface RepoLoopOptions {
  readonly clock: Clock;
  /** One round; `isHint` where somebody asked for it. Must not throw. */
  readonly work: (isHint: boolean) => Promise<Round>;
}

const FIRST_GAP_MS = 50;
const LONGEST_GAP_MS = 1000;
/** A forge may tell of a push before all of its servers show it. */
const SECOND_LOOK_MS = 2000;
const GRID_MS = 1000;

/**
 * Rounds of one repository, never two at once: by timer, or at once when hinted. However many hints come while a round
 * runs, they cost one more round; hints that find nothing are answered ever more slowly, up to one round a second.
 */
export class RepoLoop {
  readonly #options: RepoLoopOptions;
  #running: Promise<void> | null = null;
  #isHinted = false;
  #isStopped = true;
  #fruitless = 0;
  #cancelTimer: () => void = () => {};
  #hasTimerForHint = false;

  constructor(options: RepoLoopOptions) {
    this.#options = options;
  }

  /** Does the first round now, and goes on. */
  start(): void {
    this.#isStopped = false;
    this.#begin(false);
  }

  /** Somebody says that there is something new. */
  hint(): void {
    if (this.#isStopped || this.#isHinted) return;
    this.#isHinted = true;
    if (this.#running || this.#hasTimerForHint) return;
    this.#beginHinted();
  }

  /** Stops the timer and waits for the round that runs. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#cancelTimer();
    await this.#running;
  }

  /** One round now (after the one that runs); resolves when it is done. */
  async runOnce(): Promise<void> {
    while (this.#running) await this.#running;
    this.#begin(true);
    await this.#running;
  }

  #beginHinted(): void {
    const gap = this.#fruitless === 0 ? 0 : Math.min(LONGEST_GAP_MS, FIRST_GAP_MS * 2 ** (this.#fruitless - 1));
    if (gap === 0) {
      this.#begin(true);
      return;
    }
    this.#cancelTimer();
    this.#hasTimerForHint = true;
    this.#cancelTimer = this.#options.clock.after(gap, () => this.#begin(true));
  }

  #begin(isHint: boolean): void {
    if (this.#running) return;
    this.#cancelTimer();
    this.#hasTimerForHint = false;
    this.#isHinted = false;
    this.#running = this.#round(isHint).finally(() => {
      this.#running = null;
      if (!this.#isStopped && this.#isHinted) this.#beginHinted();
    });
  }

  async #round(isHint: boolean): Promise<void> {
    const { moved, nextInMs } = await this.#options.work(isHint);
    this.#fruitless = moved ? 0 : isHint ? this.#fruitless + 1 : this.#fruitless;
    if (!isHint && !moved) this.#fruitless = 0;
    if (this.#isStopped) return;
    const delay = isHint && !moved ? Math.min(nextInMs, SECOND_LOOK_MS) : nextInMs;
    this.#cancelTimer = this.#options.clock.after(together(delay, this.#options.clock.now()), () => this.#begin(false));
  }
}

/** Long delays end at whole seconds: several repositories are asked in one wake of a process that sleeps, which costs less. */
function together(delayMs: number, now: number): number {
  return delayMs < 10 * GRID_MS ? delayMs : delayMs + ((GRID_MS - ((now + delayMs) % GRID_MS)) % GRID_MS);
}
