import { HoldfastError, messageOf } from '../../kernel/errors.ts';
import type { Logger } from '../../kernel/logger.ts';
import type { Database } from '../../platform/db/open-database.ts';
import type { RunTable } from '../../platform/db/schema.ts';
import type { HeadOf, Replanner, RunListener, RunTransition, StackAtHead, Tx } from '../runs/index.ts';
import { changedOutputs, type OutputValues, readersOf } from './changed-outputs.ts';
import type { DependencyStore, DueOutputs } from './dependency-store.ts';

/** Outputs of stored states, as far as they can be read here. */
export interface OutputReader {
  current(db: Database, stack: string): Promise<{ readonly outputs: OutputValues } | null>;
  /** Before the run wrote anything. */
  before(db: Database, stack: string, run: string): Promise<{ readonly outputs: OutputValues } | null>;
}

export interface OutputsFollowerDeps {
  readonly db: Database;
  readonly store: DependencyStore;
  readonly states: OutputReader;
  readonly runs: {
    find(id: string): Promise<RunTable | null>;
    spec(digest: string): Promise<{ readonly backend: string } | null>;
  };
  /** Names of the outputs that a run's plan was about to change. */
  readonly plannedOutputs: (run: string) => Promise<readonly string[]>;
  readonly replanner: Pick<Replanner, 'plan'>;
  readonly headOf: HeadOf;
  readonly logger: Logger;
  readonly ring: () => void;
  /** Called in the transaction of an apply's end: `runOnce` may have something to do once it has committed. */
  readonly wake: () => void;
}

/**
 * Plans stacks again when an output that they read was changed by an apply. What is to be found out is a mark in the
 * apply's own transaction; it goes in the one that makes the plans, so that a crash in between loses nothing.
 */
export class OutputsFollower implements RunListener {
  readonly #deps: OutputsFollowerDeps;
  #isRunning = false;
  #isWanted = false;

  constructor(deps: OutputsFollowerDeps) {
    this.#deps = deps;
  }

  async onTransition(tx: Tx, { run, to }: RunTransition): Promise<void> {
    if (to !== 'applied' || (run.kind !== 'plan' && run.kind !== 'refresh')) return;
    if (!(await this.#deps.store.isIn(tx, run.stack))) return;
    await this.#deps.store.setDue(tx, run.stack, run.id);
    this.#deps.wake();
  }

  /** Looks at every apply that is marked; answers how many plans were made. Called meanwhile, it looks once more. Never rejects. */
  async runOnce(): Promise<number> {
    this.#isWanted = true;
    if (this.#isRunning) return 0;
    this.#isRunning = true;
    let made = 0;
    try {
      while (this.#isWanted) {
        this.#isWanted = false;
        for (const due of await this.#deps.store.due(this.#deps.db)) made += await this.#tryFollow(due);
      }
    } catch (error) {
      this.#deps.logger.warn({ reason: messageOf(error) }, 'changed outputs were not looked at; the sweep tries again');
    } finally {
      this.#isRunning = false;
    }
    if (made > 0) this.#deps.ring();
    return made;
  }

  async #tryFollow(due: DueOutputs): Promise<number> {
    try {
      return await this.#follow(due);
    } catch (error) {
      const facts = { stack: due.stack, run: due.run, reason: messageOf(error) };
      this.#deps.logger.warn(facts, 'changed outputs were not followed; the sweep tries again');
      return 0;
    }
  }

  async #follow(due: DueOutputs): Promise<number> {
    const { db, store, replanner } = this.#deps;
    const apply = await this.#deps.runs.find(due.run);
    const changed = apply ? await this.#changed(due, apply) : new Set<string>();
    const readers = readersOf(await store.all(db), due.stack, changed);
    const heads: { head: StackAtHead; outputs: readonly string[] }[] = [];
    for (const [reader, outputs] of readers) {
      const head = await this.#head(reader);
      if (head) heads.push({ head, outputs });
    }
    let made = 0;
    await db.transaction().execute(async (tx) => {
      for (const { head, outputs } of heads) {
        // Who waited for this very apply has begun since, and read what it left.
        const since = apply?.finished_at ?? 0;
        if (await store.isPlannedSince(tx, head.stack.entry.name, since)) continue;
        made++;
        const via = outputs.map((name) => `output ${name} changed with run ${due.run}`);
        await replanner.plan(tx, head, 'system', {
          trigger: 'dependency',
          reasons: [{ kind: 'dependency', path: due.stack, via }],
        });
      }
      await store.clearDue(tx, due);
    });
    return made;
  }

  /** A state of somebody else's cannot be read here: then the plan says what it was about to change. */
  async #changed({ stack, run }: DueOutputs, row: RunTable): Promise<ReadonlySet<string>> {
    const { db, states, runs, plannedOutputs } = this.#deps;
    if ((await runs.spec(row.spec_digest))?.backend === 'foreign') return new Set(await plannedOutputs(run));
    const [before, after] = [await states.before(db, stack, run), await states.current(db, stack)];
    return changedOutputs(before?.outputs ?? null, after?.outputs ?? null);
  }

  /** null where it is gone or held: when it is back it is planned by itself. */
  async #head(stack: string): Promise<StackAtHead | null> {
    try {
      return await this.#deps.headOf(stack);
    } catch (error) {
      const isGone = error instanceof HoldfastError && (error.code === 'not_found' || error.code === 'conflict');
      if (isGone) return null;
      throw error;
    }
  }
}
