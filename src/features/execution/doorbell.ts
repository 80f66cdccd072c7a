import { messageOf } from '../../kernel/errors.ts';
import type { Logger } from '../../kernel/logger.ts';
import type { Phase } from '../../kernel/run-status.ts';
import type { RunReader } from '../runs/index.ts';

/** One job of the queue: which run it hints at. */
export interface Ring {
  readonly run: string;
  readonly phase: Phase;
  /** The attempt that a claim would make. */
  readonly attempt: number;
}

/** Where jobs go. Never throws: the database is the truth, the sweep rings again. */
export interface Bell {
  ring(rings: readonly Ring[]): Promise<void>;
}

const AT_MOST = 500;

/** Rings for everything admissible; calls that come while one is under way become one more. */
export class Doorbell {
  readonly #runs: RunReader;
  readonly #bell: Bell;
  readonly #logger: Logger;
  #busy: Promise<void> | null = null;
  #again = false;

  constructor(runs: RunReader, bell: Bell, logger: Logger) {
    this.#runs = runs;
    this.#bell = bell;
    this.#logger = logger;
  }

  /** Rings soon; answers when this and every call before it has rung. Never rejects. */
  ring(): Promise<void> {
    if (this.#busy) {
      this.#again = true;
      return this.#busy;
    }
    this.#busy = this.#run();
    return this.#busy;
  }

  async #run(): Promise<void> {
    try {
      do {
        this.#again = false;
        await this.#once();
      } while (this.#again);
    } finally {
      this.#busy = null;
    }
  }

  async #once(): Promise<void> {
    try {
      const admissible = await this.#runs.admissible(AT_MOST);
      if (admissible.length === 0) return;
      await this.#bell.ring(admissible.map((run) => ({ run: run.id, phase: run.phase, attempt: run.attempt + 1 })));
    } catch (error) {
      this.#logger.warn({ error: messageOf(error) }, 'the doorbell could not be rung; the sweep will');
    }
  }
}
