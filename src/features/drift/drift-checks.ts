import type { Clock } from '../../kernel/clock.ts';
import { HoldfastError } from '../../kernel/errors.ts';
import { newId } from '../../kernel/ids.ts';
import type { Random } from '../../kernel/random.ts';
import type { Database } from '../../platform/db/open-database.ts';
import type { RunTable } from '../../platform/db/schema.ts';
import { newRun, type RunDoor, type Tx } from '../runs/index.ts';
import type { DriftStack, DriftStackStore } from './drift-store.ts';

export interface DriftChecksDeps {
  readonly db: Database;
  readonly stacks: DriftStackStore;
  readonly door: Pick<RunDoor, 'open'>;
  readonly clock: Clock;
  readonly random: Random;
  /** Keeps a commit readable that a check names, whatever is force-pushed. Never rejects. */
  readonly keep: (repository: string, commit: string) => Promise<void>;
  /** Rings the doorbell of everything admissible. Never throws. */
  readonly ring: () => void;
}

const RING_EVERY = 20;

/** What came of asking for a check. */
export type AskedCheck =
  | { readonly stack: string; readonly run: RunTable }
  /** Nothing to compare with: it was never applied. */
  | { readonly stack: string; readonly run: null };

/** Opens checks: read-only plans at what was applied last. Of one stack never two at once. */
export class DriftChecks {
  readonly #deps: DriftChecksDeps;

  constructor(deps: DriftChecksDeps) {
    this.#deps = deps;
  }

  /** A check of each stack now, joining one that is open already. Throws `not_found` for a name that is no stack. */
  async ask(stacks: readonly string[], actor: string): Promise<AskedCheck[]> {
    const asked: AskedCheck[] = [];
    for (const [i, stack] of stacks.entries()) {
      const one = await this.#ask(stack, actor);
      asked.push(one);
      if (one.run) await this.#deps.keep(one.run.repository, one.run.commit_sha);
      // Workers begin with the first ones while the last ones are still asked for.
      if (i % RING_EVERY === 0) this.#deps.ring();
    }
    this.#deps.ring();
    return asked;
  }

  /** Opens those that are still due; answers how many. One that cannot be opened keeps its turn. */
  async openDue(stacks: readonly string[], now: number): Promise<number> {
    let opened = 0;
    for (const stack of stacks) {
      const run = await this.#deps.db.transaction().execute(async (tx) => {
        const row = await this.#deps.stacks.find(tx, stack);
        if (!row || row.next_at > now || (await this.#deps.stacks.openRuns(tx, stack)).length > 0) return null;
        return this.#open(tx, row, 'system');
      });
      if (!run) continue;
      opened++;
      await this.#deps.keep(run.repository, run.commit_sha);
    }
    if (opened > 0) this.#deps.ring();
    return opened;
  }

  #ask(stack: string, actor: string): Promise<AskedCheck> {
    const { db, stacks } = this.#deps;
    return db.transaction().execute(async (tx): Promise<AskedCheck> => {
      const row = await stacks.find(tx, stack);
      if (!(await stacks.watched(tx, stack))) throw notChecked(stack);
      if (!row) return { stack, run: null };
      const [open] = await stacks.openRuns(tx, stack);
      return { stack, run: open ?? (await this.#open(tx, row, actor)) };
    });
  }

  async #open(tx: Tx, row: DriftStack, actor: string): Promise<RunTable> {
    const run = newRun({
      id: newId(this.#deps.clock, this.#deps.random),
      stack: row.stack,
      repository: row.repository,
      commit: row.base_commit,
      base: null,
      kind: 'drift',
      trigger: 'drift',
      speculative: false,
      author: actor,
      message: 'drift check',
      reasons: [],
      specDigest: row.base_spec,
      inputsDigest: row.base_inputs,
      at: this.#deps.clock.now(),
    });
    await this.#deps.door.open(tx, run, actor);
    return run;
  }
}

function notChecked(stack: string): HoldfastError {
  return new HoldfastError('not_found', `there is no stack "${stack}" that can be checked (one that is held cannot)`, {
    treatment: { kind: 'human', wayOut: 'list them with: holdfast stacks' },
  });
}
