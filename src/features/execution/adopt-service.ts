import type { Clock } from '../../kernel/clock.ts';
import type { Database } from '../../platform/db/open-database.ts';
import type { RunTable } from '../../platform/db/schema.ts';
import { appendAudit } from '../audit/index.ts';
import { isHeldByWorker, type RunStore, type Tx } from '../runs/index.ts';
import type { ClaimService } from './claim-service.ts';
import type { LogKeeper } from './execution-ports.ts';
import { fenced, unknownRun } from './held-run.ts';
import type { AdoptRequest, AdoptResponse } from './protocol.ts';

export interface AdoptDeps {
  readonly db: Database;
  readonly runs: RunStore;
  readonly claims: ClaimService;
  readonly logs: LogKeeper;
  readonly adoptions: AdoptionStore;
  readonly clock: Clock;
  readonly leaseMs: number;
}

/** Gives a run that moves to a new attempt without touching its status. */
export interface AdoptionStore {
  /** One guarded UPDATE by (id, version); null where the row is no longer what was read. */
  adopt(tx: Tx, run: RunTable, set: { worker: string; leaseUntil: number; at: number }): Promise<RunTable | null>;
}

/** Hands a run to the worker that found its directory: a new attempt and lease, never another status. */
export class AdoptService {
  readonly #deps: AdoptDeps;

  constructor(deps: AdoptDeps) {
    this.#deps = deps;
  }

  /** Throws `fenced` where another attempt has it or it has come to rest, `gone` where it is unknown. */
  async adopt(request: AdoptRequest): Promise<AdoptResponse> {
    const found = await this.#deps.db.transaction().execute(async (tx) => {
      const run = await this.#deps.runs.findIn(tx, request.run);
      if (!run) throw unknownRun(request.run);
      const isSame = run.attempt === request.attempt && run.root === request.root;
      if (!isSame || !isHeldByWorker(run.status)) throw fenced(run, request.attempt);
      const adopted = await this.#adopt(tx, run, request);
      return { attempt: adopted.attempt, assignment: await this.#deps.claims.assignmentFor(tx, adopted) };
    });
    return { ...found, log_size: await this.#deps.logs.size(request.run) };
  }

  async #adopt(tx: Tx, run: RunTable, request: AdoptRequest): Promise<RunTable> {
    const at = this.#deps.clock.now();
    const set = { worker: request.worker, leaseUntil: at + this.#deps.leaseMs, at };
    const adopted = await this.#deps.adoptions.adopt(tx, run, set);
    if (!adopted) throw fenced(run, request.attempt);
    await appendAudit(tx, {
      at,
      actor: `worker:${request.worker}`,
      action: 'run.adopted',
      subject: run.id,
      stack: run.stack,
      facts: { attempt: adopted.attempt, evidence: request.evidence },
    });
    return adopted;
  }
}
