import type { Clock } from '../../kernel/clock.ts';
import type { Database } from '../../platform/db/open-database.ts';
import type { RunDoor, RunStore } from '../runs/index.ts';
import { heldRun } from './held-run.ts';
import type { HeartbeatRequest, HeartbeatResponse } from './protocol.ts';
import type { WorkerStore } from './worker-store.ts';

export interface HeartbeatDeps {
  readonly db: Database;
  readonly runs: RunStore;
  readonly door: RunDoor;
  readonly workers: WorkerStore;
  readonly clock: Clock;
  readonly leaseMs: number;
}

/** Keeps leases alive, and tells a worker what it should know. */
export class HeartbeatService {
  readonly #deps: HeartbeatDeps;

  constructor(deps: HeartbeatDeps) {
    this.#deps = deps;
  }

  /** One transaction for all runs of a worker. */
  async beat(request: HeartbeatRequest): Promise<HeartbeatResponse> {
    const answer = await this.#deps.db.transaction().execute(async (tx) => {
      const cancel: HeartbeatResponse['cancel'] = [];
      const lost: HeartbeatResponse['fenced'] = [];
      const now = this.#deps.clock.now();
      await this.#deps.workers.touchWorker(tx, request.worker, now);
      for (const ref of request.runs) {
        const owner = { ...ref, worker: request.worker };
        const run = await this.#deps.runs.renewLease(tx, owner, now + this.#deps.leaseMs);
        if (!run) lost.push(ref);
        else if (run.cancel_at !== null) cancel.push(ref);
      }
      return { cancel, fenced: lost };
    });
    const wanted = new Set(await this.#deps.workers.wantedCopies(request.kept));
    return { ...answer, release: request.kept.filter((run) => !wanted.has(run)) };
  }

  /** preparing -> planning, once; a repeated call is fine. Throws `fenced`. */
  async enterPlanning(ref: { run: string; attempt: number }, worker: string): Promise<void> {
    await this.#deps.db.transaction().execute(async (tx) => {
      const run = await heldRun(this.#deps.runs, tx, ref);
      if (run.status !== 'preparing') return;
      await this.#deps.door.move(tx, run, 'planning', { actor: `worker:${worker}` });
    });
  }
}
