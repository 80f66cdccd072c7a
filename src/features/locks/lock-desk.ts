import type { Clock } from '../../kernel/clock.ts';
import { HoldfastError } from '../../kernel/errors.ts';
import type { Database } from '../../platform/db/open-database.ts';
import type { RunTable } from '../../platform/db/schema.ts';
import type { ForeignLock } from './foreign-lock.ts';
import type { Lock, Reader, Tx } from './lock.ts';
import type { LockService } from './lock-service.ts';
import { type HolderFacts, type LockView, viewLock } from './lock-view.ts';

/** What an unlock did, and what remains where Holdfast cannot reach. */
export interface UnlockView {
  /** null: nothing was held here. */
  readonly freed: LockView | null;
  /** Set where the stack's state lies in a backend of its own. */
  readonly foreign: ForeignLock | null;
}

export interface LockDeskDeps {
  readonly db: Database;
  readonly locks: LockService;
  readonly runs: { findIn(db: Reader, id: string): Promise<RunTable | null> };
  /** What this host proves of a recorded process (JSON of `runs.process`). */
  readonly probe: (process: string) => 'alive' | 'dead' | 'unknown';
  /** Gives up an apply whose end nobody will tell: it fails, its stack is blocked, its tokens end, its lock goes. */
  readonly giveUp: (tx: Tx, run: RunTable, actor: string) => Promise<void>;
  /** The lock in a stack's own backend; null where Holdfast keeps the state. */
  readonly foreignLock: (stack: string) => Promise<ForeignLock | null>;
  readonly clock: Clock;
  readonly leaseMs: number;
  /** Called when something may go on. */
  readonly ring: () => void;
}

/** The locks of all stacks with their evidence, and the way to free one whose holder is gone. */
export class LockDesk {
  readonly #deps: LockDeskDeps;

  constructor(deps: LockDeskDeps) {
    this.#deps = deps;
  }

  /** All of them, by stack. */
  async list(): Promise<LockView[]> {
    const { db, locks } = this.#deps;
    const views: LockView[] = [];
    for (const lock of await locks.list(db)) views.push(await this.#view(db, lock));
    return views;
  }

  /**
   * Frees a stack on the word of a person, who was asked for its name. Throws `conflict` while the holder is proven
   * alive. A run that held it has failed by this: nobody knows how its apply ended, so its stack is blocked.
   */
  async unlock(stack: string, actor: string): Promise<UnlockView> {
    const freed = await this.#deps.db.transaction().execute(async (tx) => {
      const lock = await this.#deps.locks.find(tx, stack);
      return lock && this.#free(tx, lock, actor);
    });
    this.#deps.ring();
    return { freed, foreign: await this.#deps.foreignLock(stack) };
  }

  async #free(tx: Tx, lock: Lock, actor: string): Promise<LockView> {
    const view = await this.#view(tx, lock);
    if (view.state === 'alive') throw stillAlive(view);
    const run = lock.run === null ? null : await this.#deps.runs.findIn(tx, lock.run);
    if (run && (run.status === 'applying' || run.status === 'interrupted')) await this.#deps.giveUp(tx, run, actor);
    await this.#deps.locks.force(tx, lock.stack, actor, view.evidence);
    return view;
  }

  async #view(db: Reader, lock: Lock): Promise<LockView> {
    const run = lock.run === null ? null : await this.#deps.runs.findIn(db, lock.run);
    const facts: HolderFacts = {
      run,
      process: run?.process == null ? null : this.#deps.probe(run.process),
      now: this.#deps.clock.now(),
      leaseMs: this.#deps.leaseMs,
    };
    return viewLock(lock, facts);
  }
}

function stillAlive({ stack, run, holder, evidence }: LockView): HoldfastError {
  const wayOut = run === null ? 'let its holder unlock it' : `wait for its end, or stop it: holdfast cancel ${run}`;
  return new HoldfastError('conflict', `stack ${stack} is not unlocked: its holder lives (${holder}; ${evidence})`, {
    treatment: { kind: 'human', wayOut },
    details: { stack, run },
  });
}
