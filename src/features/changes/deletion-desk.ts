import type { Clock } from '../../kernel/clock.ts';
import type { Database } from '../../platform/db/open-database.ts';
import { appendAudit } from '../audit/index.ts';
import type { DestroyPlanner } from '../runs/index.ts';
import { clearDeletion, selectHeldDeletions } from './sql-deletions.ts';

export interface DeletionDeskDeps {
  readonly db: Database;
  readonly destroys: DestroyPlanner;
  readonly clock: Clock;
  readonly ring: () => void;
}

/** A deletion that goes on. `run`: its destroy; null where nothing is known that it could be planned with. */
export interface ReleasedDeletion {
  readonly stack: string;
  readonly run: string | null;
}

/** Lets deletions go on that were held because there were too many in one push. */
export class DeletionDesk {
  readonly #deps: DeletionDeskDeps;

  constructor(deps: DeletionDeskDeps) {
    this.#deps = deps;
  }

  /** Queues a destroy plan for each of them, all at once; each waits for its own approval. */
  async release(actor: string): Promise<ReleasedDeletion[]> {
    const { db, destroys, clock } = this.#deps;
    const released = await db.transaction().execute(async (tx) => {
      const at = clock.now();
      const done: ReleasedDeletion[] = [];
      for (const held of await selectHeldDeletions(tx)) {
        await clearDeletion(tx, held.stack.name, at);
        done.push({ stack: held.stack.name, run: await destroys.plan(tx, held, actor) });
      }
      const facts = { stacks: done.map(({ stack }) => stack) };
      if (done.length > 0) {
        await appendAudit(tx, { at, actor, action: 'deletions.released', subject: 'stacks', stack: null, facts });
      }
      return done;
    });
    this.#deps.ring();
    return released;
  }
}
