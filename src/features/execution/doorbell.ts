import type { Clock } from '../../kernel/clock.ts';
import { messageOf } from '../../kernel/errors.ts';
import type { Logger } from '../../kernel/logger.ts';
import type { Phase } from '../../kernel/run-status.ts';
import type { Admissible } from '../runs/index.ts';

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
  /** Which plans have a job that nobody has taken yet, and how many such jobs there are; null while the queue is away. */
  waitingPlans(): Promise<WaitingPlans | null>;
}

export interface WaitingPlans {
  readonly count: number;
  has(ring: Ring): boolean;
}

/** What could be claimed now, best first. */
export interface Claimable {
  /** What only its own job brings to a worker: syntheses (phase `plan`) and applies. */
  errands(limit: number): Promise<Admissible[]>;
  /** Plans: whoever hears any of their jobs gets the best of them. */
  plans(limit: number): Promise<Admissible[]>;
}

export interface DoorbellDeps {
  readonly claimable: Claimable;
  /** For how many plans the living workers have room. */
  readonly slots: () => Promise<number>;
  readonly bell: Bell;
  readonly clock: Clock;
  readonly logger: Logger;
}

const AT_MOST = 500;
/** So long a job is taken to be still where it was put. Then any ring rings for it again, lest it was lost. */
const TRUST_MS = 3000;
/** Jobs beyond one for each slot: whoever loses his run finds one at once. */
const SPARE = 2;

/**
 * Rings for what is admissible; calls that come while one is under way become one more. For plans there are never more jobs
 * than slots, and a few: who has one goes from outcome to outcome without a further job, and each job that is left
 * over is asked for in vain.
 */
export class Doorbell {
  readonly #deps: DoorbellDeps;
  /** When each job was rung for. */
  #rung: ReadonlyMap<string, number> = new Map();
  #busy: Promise<void> | null = null;
  #again = false;
  #isAfresh = false;
  #hasSyntheses = false;

  constructor(deps: DoorbellDeps) {
    this.#deps = deps;
  }

  /** Whether a synthesis waited at the last look: its job is in the row that plan slots would not hear otherwise. */
  get hasSyntheses(): boolean {
    return this.#hasSyntheses;
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
    const { claimable, bell, clock, logger, slots } = this.#deps;
    try {
      const known = this.#rung;
      const isAfresh = this.#isAfresh;
      this.#isAfresh = false;
      const now = clock.now();
      const errands = await claimable.errands(AT_MOST);
      this.#hasSyntheses = errands.some(({ phase }) => phase === 'plan');
      const plans = await claimable.plans(Math.min(AT_MOST, (await slots()) + SPARE));
      const waiting = plans.length === 0 ? null : await bell.waitingPlans();
      let wanted = plans.length - (waiting?.count ?? 0);
      const rung = new Map<string, number>();
      const due: Ring[] = [];
      const look = ({ id, phase, attempt, root }: Admissible, isWanted: (ring: Ring) => boolean) => {
        const key = `${id} ${phase} ${attempt}`;
        const before = known.get(key);
        if (before !== undefined && now - before < TRUST_MS) return void rung.set(key, before);
        const ring = { run: id, phase, attempt: attempt + 1, ...(root === undefined ? {} : { root }) };
        if (!isWanted(ring)) return;
        due.push(ring);
        rung.set(key, now);
      };
      for (const errand of errands) look(errand, () => true);
      for (const plan of plans) look(plan, (ring) => !waiting?.has(ring) && wanted-- > 0);
      const isTaken = due.length === 0 || (await bell.ring(due, isAfresh));
      // Not where somebody said meanwhile that jobs were lost.
      if (isTaken && this.#rung === known) this.#rung = rung;
    } catch (error) {
      logger.warn({ error: messageOf(error) }, 'the doorbell could not be rung; the sweep will');
    }
  }
}
