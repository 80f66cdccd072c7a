import type { Clock } from '../../kernel/clock.ts';
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
  /** Of an apply: only workers with this root may have it. */
  readonly root?: string;
}

/** Where jobs go. Never throws: the database is the truth, the sweep rings again. */
export interface Bell {
  /**
   * False where not all of them were taken. `afresh`: a job that nobody waits for any more (its worker died over it) is
   * put there once more under another id.
   */
  ring(rings: readonly Ring[], afresh: boolean): Promise<boolean>;
}

export interface DoorbellDeps {
  readonly runs: Pick<RunReader, 'admissible'>;
  readonly bell: Bell;
  readonly clock: Clock;
  readonly logger: Logger;
}

const AT_MOST = 500;
/** So long a job is taken to be still where it was put. Then any ring rings for it again, lest it was lost. */
const TRUST_MS = 3000;

/** Rings for everything admissible; calls that come while one is under way become one more. */
export class Doorbell {
  readonly #deps: DoorbellDeps;
  /** When each job was rung for. */
  #rung: ReadonlyMap<string, number> = new Map();
  #busy: Promise<void> | null = null;
  #again = false;
  #isAfresh = false;

  constructor(deps: DoorbellDeps) {
    this.#deps = deps;
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

  /** Rings also for what was rung a moment ago: jobs may have been lost, or spent for nothing. Never rejects. */
  ringAgain(): Promise<void> {
    this.#rung = new Map();
    return this.ring();
  }

  /** The same, and for jobs that a worker took and died over: Redis would take them for held for a while. Never rejects. */
  ringAfresh(): Promise<void> {
    this.#isAfresh = true;
    return this.ringAgain();
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
    const { runs, bell, clock, logger } = this.#deps;
    try {
      const known = this.#rung;
      const isAfresh = this.#isAfresh;
      this.#isAfresh = false;
      const now = clock.now();
      const rung = new Map<string, number>();
      const due: Ring[] = [];
      for (const { id, phase, attempt, root } of await runs.admissible(AT_MOST)) {
        const key = `${id} ${phase} ${attempt}`;
        const before = known.get(key);
        const isTrusted = before !== undefined && now - before < TRUST_MS;
        if (!isTrusted) due.push({ run: id, phase, attempt: attempt + 1, ...(root === undefined ? {} : { root }) });
        rung.set(key, isTrusted ? before : now);
      }
      const isTaken = due.length === 0 || (await bell.ring(due, isAfresh));
      // Not where somebody said meanwhile that jobs were lost.
      if (isTaken && this.#rung === known) this.#rung = rung;
    } catch (error) {
      logger.warn({ error: messageOf(error) }, 'the doorbell could not be rung; the sweep will');
    }
  }
}
