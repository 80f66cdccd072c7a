import type { Clock } from '../../kernel/clock.ts';
import { HoldfastError } from '../../kernel/errors.ts';
import type { Database } from '../../platform/db/open-database.ts';
import type { ClaimTable } from '../../platform/db/schema.ts';
import type { UnbegunRequest } from './adopt-protocol.ts';
import type { ApplyOutcomeService } from './apply-outcome-service.ts';
import type { ApplyOutcomeRequest } from './apply-protocol.ts';
import type { OutcomeService } from './outcome-service.ts';
import type { OutcomeRequest } from './protocol.ts';
import type { WorkerStore } from './worker-store.ts';

export interface UnbegunClaimsDeps {
  readonly db: Database;
  readonly workers: Pick<WorkerStore, 'findClaim' | 'saveClaim'>;
  readonly outcomes: Pick<OutcomeService, 'record'>;
  readonly applyOutcomes: Pick<ApplyOutcomeService, 'record'>;
  readonly clock: Clock;
}

/**
 * Takes back what a worker claimed and, as its next life has proven, never began: a plan is queued again, an apply
 * approved again, without waiting for a lease. Told twice, or late, it changes nothing: attempts fence it.
 */
export class UnbegunClaims {
  readonly #deps: UnbegunClaimsDeps;

  constructor(deps: UnbegunClaimsDeps) {
    this.#deps = deps;
  }

  async takeBack({ worker, claims }: UnbegunRequest): Promise<void> {
    for (const claimId of claims) {
      const claim = await this.#find(claimId, worker);
      if (claim) await this.#end(claim, worker);
    }
  }

  /** The claim; where it never came, it is made void, so that a request still on its way gets nothing. */
  async #find(claimId: string, worker: string): Promise<ClaimTable | null> {
    const { db, workers, clock } = this.#deps;
    const known = await workers.findClaim(claimId);
    if (known) return known;
    const nothing = { claim_id: claimId, worker, run: '', attempt: 0, phase: 'plan', created_at: clock.now() } as const;
    try {
      await db.transaction().execute((tx) => workers.saveClaim(tx, nothing));
      return null;
    } catch (error) {
      const late = await workers.findClaim(claimId);
      if (!late) throw error;
      return late;
    }
  }

  async #end({ run, attempt, phase }: ClaimTable, worker: string): Promise<void> {
    if (run === '') return;
    const { outcomes, applyOutcomes } = this.#deps;
    try {
      if (phase === 'plan') await outcomes.record(run, worker, { ...PLAN, attempt });
      else await applyOutcomes.record(run, worker, { ...APPLY, attempt });
    } catch (error) {
      // Adopted, swept or claimed again since: that attempt has its own end.
      if (!(error instanceof HoldfastError) || !['fenced', 'gone', 'invalid'].includes(error.code)) throw error;
    }
  }
}

const PLAN: Omit<OutcomeRequest, 'attempt'> = {
  ...{ phase: 'plan', result: 'never_started', exit_code: null, engine_version: null, projection: null },
  ...{ plan_digest: null, plan_state: null, diagnostics: [], error: null, timings: {}, notes: [] },
};

const APPLY: Omit<ApplyOutcomeRequest, 'attempt'> = {
  ...{ evidence: 'never_started', exit_code: null, engine_version: null, change_summary: null, planned: 0 },
  ...{ completed: [], errored: [], unfinished: [], errored_state: 'none', signalled: false, adopted: false },
  ...{ diagnostics: [], error: null, timings: {}, notes: [] },
};
