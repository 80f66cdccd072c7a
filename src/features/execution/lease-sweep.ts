import type { Clock } from '../../kernel/clock.ts';
import { messageOf } from '../../kernel/errors.ts';
import type { Logger } from '../../kernel/logger.ts';
import type { Database } from '../../platform/db/open-database.ts';
import type { RunTable } from '../../platform/db/schema.ts';
import type { RunDoor, RunStore } from '../runs/index.ts';
import { requeue } from './requeue.ts';
import type { WorkerStore } from './worker-store.ts';

export interface LeaseSweepDeps {
  readonly db: Database;
  readonly runs: RunStore;
  readonly door: RunDoor;
  readonly workers: WorkerStore;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly leaseMs: number;
  /** When this control plane started: nothing is judged before one full lease has passed since. */
  readonly startedAt: number;
}

const AT_MOST = 200;
const CLAIMS_KEPT_MS = 3_600_000;

/**
 * Takes plans back whose worker has been silent for a whole lease: they are planned again by another. A plan that still
 * runs there does no harm, it only reads; its late report is fenced. Applies are never judged by a lease.
 */
export class LeaseSweep {
  readonly #deps: LeaseSweepDeps;

  constructor(deps: LeaseSweepDeps) {
    this.#deps = deps;
  }

  /** One pass; answers how many plans were taken back. */
  async runOnce(): Promise<number> {
    const now = this.#deps.clock.now();
    await this.#deps.workers.dropClaims(now - CLAIMS_KEPT_MS);
    if (now < this.#deps.startedAt + this.#deps.leaseMs) return 0;
    const expired = await this.#deps.runs.expiredLeases(now, AT_MOST);
    let taken = 0;
    for (const run of expired) if (await this.#takeBack(run, now)) taken++;
    return taken;
  }

  async #takeBack(seen: RunTable, now: number): Promise<boolean> {
    try {
      return await this.#deps.db.transaction().execute(async (tx) => {
        const run = await this.#deps.runs.findIn(tx, seen.id);
        if (!run || run.status === 'applying' || run.lease_until === null || run.lease_until >= now) return false;
        const reason = `worker ${run.worker} has been silent for a whole lease`;
        await requeue(this.#deps, tx, run, { actor: 'system', reason });
        this.#deps.logger.warn({ run: run.id, worker: run.worker }, 'a silent worker lost its plan');
        return true;
      });
    } catch (error) {
      this.#deps.logger.error({ run: seen.id, error: messageOf(error) }, 'an expired lease could not be judged');
      return false;
    }
  }
}
