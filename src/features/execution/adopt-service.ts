import type { Clock } from '../../kernel/clock.ts';
import type { Database } from '../../platform/db/open-database.ts';
import type { RunTable } from '../../platform/db/schema.ts';
import { appendAudit } from '../audit/index.ts';
import { isHeldByWorker, type RunStore, type Tx } from '../runs/index.ts';
import type { AdoptRequest, AdoptResponse } from './adopt-protocol.ts';
import type { ClaimService } from './claim-service.ts';
import type { LogKeeper } from './execution-ports.ts';
import { fenced, unknownRun } from './held-run.ts';
import type { WorkerStore } from './worker-store.ts';

export interface AdoptDeps {
  readonly db: Database;
  readonly runs: RunStore;
  readonly claims: ClaimService;
  readonly logs: LogKeeper;
  readonly adoptions: AdoptionStore;
  readonly workers: Pick<WorkerStore, 'findClaim' | 'saveClaim'>;
  readonly clock: Clock;
  readonly leaseMs: number;
}

/** Gives a run that moves to a new attempt without touching its status. */
export interface AdoptionStore {
  /** One guarded UPDATE by (id, version); null where the row is no longer what was read. */
  adopt(
    tx: Tx,
    run: RunTable,
    set: { attempt: number; worker: string; leaseUntil: number; at: number },
  ): Promise<RunTable | null>;
}

/** Hands a run to the worker that found its directory: a new attempt and lease, never another status. */
export class AdoptService {
  readonly #deps: AdoptDeps;

  constructor(deps: AdoptDeps) {
    this.#deps = deps;
  }

  /**
   * Throws `fenced` where another attempt has it or it has come to rest, `gone` where it is unknown. Asked again, because the
   * answer was lost or whoever got it died, it answers the same attempt: else the end of an apply would be lost.
   */
  async adopt(request: AdoptRequest): Promise<AdoptResponse> {
    const known = await this.#deps.workers.findClaim(adoptionId(request));
    const found = await this.#deps.db.transaction().execute(async (tx) => {
      const run = await this.#deps.runs.findIn(tx, request.run);
      if (!run) throw unknownRun(request.run);
      const isAgain = known?.attempt === run.attempt;
      const isSame = (isAgain || run.attempt === request.attempt) && run.root === request.root;
      const isThere = isHeldByWorker(run.status) || run.status === 'interrupted';
      if (!isSame || !isThere) throw fenced(run, request.attempt);
      const adopted = await this.#adopt(tx, run, request, isAgain);
      return { attempt: adopted.attempt, assignment: await this.#deps.claims.assignmentFor(tx, adopted) };
    });
    return { ...found, log_size: await this.#deps.logs.size(request.run) };
  }

  async #adopt(tx: Tx, run: RunTable, request: AdoptRequest, isAgain: boolean): Promise<RunTable> {
    const { worker, evidence } = request;
    const at = this.#deps.clock.now();
    const attempt = isAgain ? run.attempt : run.attempt + 1;
    const adopted = await this.#deps.adoptions.adopt(tx, run, {
      ...{ attempt, worker, at },
      leaseUntil: at + this.#deps.leaseMs,
    });
    if (!adopted) throw fenced(run, request.attempt);
    if (isAgain) return adopted;
    const phase = run.status === 'applying' || run.status === 'interrupted' ? 'apply' : 'plan';
    const claim = { claim_id: adoptionId(request), worker, run: run.id, attempt, phase, created_at: at } as const;
    await this.#deps.workers.saveClaim(tx, claim);
    await appendAudit(tx, {
      at,
      actor: `worker:${worker}`,
      action: 'run.adopted',
      subject: run.id,
      stack: run.stack,
      facts: { attempt, evidence },
    });
    return adopted;
  }
}

/** An attempt is adopted once: its adoption is a claim of this id. */
function adoptionId({ run, attempt }: AdoptRequest): string {
  return `adopt-${run}-${attempt}`;
}
