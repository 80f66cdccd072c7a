import type { Clock } from '../../kernel/clock.ts';
import type { Database } from '../../platform/db/open-database.ts';
import type { RunTable } from '../../platform/db/schema.ts';
import type { Tx } from '../runs/index.ts';
import type { DependencyStore } from './dependency-store.ts';
import { awaitedOf, type DependencyWaits } from './dependency-waits.ts';

export interface LongWaitsDeps {
  readonly db: Database;
  readonly store: DependencyStore;
  readonly waits: DependencyWaits;
  readonly notices: {
    tell(
      tx: Tx,
      notice: {
        readonly repository: string | null;
        readonly stack: string | null;
        readonly title: string;
        readonly sentences: readonly string[];
      },
    ): Promise<void>;
  };
  readonly clock: Clock;
}

const A_DAY_MS = 24 * 3_600_000;

/** Part of the sweep: reckons waits anew, and tells people once of a run that has waited for a day. */
export class LongWaits {
  readonly #deps: LongWaitsDeps;

  constructor(deps: LongWaitsDeps) {
    this.#deps = deps;
  }

  /** One pass; answers how many waits were told. */
  async runOnce(): Promise<number> {
    const { db, store, waits, notices, clock } = this.#deps;
    return db.transaction().execute(async (tx) => {
      await waits.settle(tx);
      const at = clock.now();
      const long = await store.longWaits(tx, at - A_DAY_MS);
      for (const run of long) {
        await notices.tell(tx, noticeOf(run));
        await store.setTold(tx, run.id, at);
      }
      return long.length;
    });
  }
}

function noticeOf(run: RunTable) {
  const awaited = awaitedOf(run);
  const names = awaited.map(({ stack, run: id }) => `${stack} (run ${id})`).join(', ');
  return {
    repository: run.repository,
    stack: run.stack,
    title: `${run.stack} has waited for a day`,
    sentences: [
      `Run ${run.id} of ${run.stack} has waited for a day for ${names}.`,
      `Approve or discard what it waits for; or plan it now, against the present outputs: holdfast cancel ${run.id} && holdfast plan ${run.stack}`,
    ],
  };
}
