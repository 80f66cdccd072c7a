import type { Clock } from '../../kernel/clock.ts';
import { messageOf } from '../../kernel/errors.ts';
import type { Logger } from '../../kernel/logger.ts';

/** One look: does what is due, and answers when the next look is worth it (ms since the epoch). */
export interface DriftTurn {
  runOnce(now: number): Promise<number>;
}

export interface DriftLoopDeps {
  readonly turns: readonly DriftTurn[];
  readonly clock: Clock;
  readonly logger: Logger;
}

/** However far away the next due time is: configuration and clocks move. */
const LOOK_EVERY_MS = 15_000;
/** Looks that were woken follow each other no closer: a pass over thousands of stacks wakes at each of its ends. */
const LEAST_PAUSE_MS = 20;

/** Looks at what is due: by time, and soon after a wake. Never two looks at once. */
export class DriftLoop {
  readonly #deps: DriftLoopDeps;
  #cancel = () => {};
  #running: Promise<void> | null = null;
  #isWoken = false;
  #isStopped = true;

  constructor(deps: DriftLoopDeps) {
    this.#deps = deps;
  }

  start(): void {
    this.#isStopped = false;
    this.#begin();
  }

  /** Something may be due: looks soon. */
  wake(): void {
    this.#isWoken = true;
    if (this.#isStopped || this.#running) return;
    this.#later(LEAST_PAUSE_MS);
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#cancel();
    await this.#running;
  }

  #later(delayMs: number): void {
    this.#cancel();
    this.#cancel = this.#deps.clock.after(delayMs, () => this.#begin());
  }

  #begin(): void {
    if (this.#running || this.#isStopped) return;
    this.#isWoken = false;
    this.#running = this.#look().then((nextAt) => {
      this.#running = null;
      if (this.#isStopped) return;
      const waitMs = Math.min(LOOK_EVERY_MS, Math.max(0, nextAt - this.#deps.clock.now()));
      this.#later(this.#isWoken ? LEAST_PAUSE_MS : Math.max(1, waitMs));
    });
  }

  async #look(): Promise<number> {
    const { turns, clock, logger } = this.#deps;
    let nextAt = Number.POSITIVE_INFINITY;
    for (const turn of turns) {
      if (this.#isStopped) break;
      try {
        nextAt = Math.min(nextAt, await turn.runOnce(clock.now()));
      } catch (error) {
        logger.error({ error: messageOf(error) }, 'a look at what is due for drift failed; the next one tries again');
      }
    }
    return nextAt;
  }
}
