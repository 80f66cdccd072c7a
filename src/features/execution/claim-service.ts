import type { Clock } from '../../kernel/clock.ts';
import { HoldfastError } from '../../kernel/errors.ts';
import type { Database } from '../../platform/db/open-database.ts';
import type { RunTable } from '../../platform/db/schema.ts';
import type { Admissible, AdmissibleFilter, RunDoor, RunSpec, RunStore, Tx } from '../runs/index.ts';
import type { ApplyClaims } from './apply-claims.ts';
import { assignmentOf } from './assignment.ts';
import { type InputSource, inputsFor, settleInputs } from './claim-inputs.ts';
import type { EnvironmentFor, StateAccess } from './execution-ports.ts';
import type { Assignment, ClaimRequest } from './protocol.ts';
import type { WorkerStore } from './worker-store.ts';

export interface ClaimDeps {
  readonly db: Database;
  readonly runs: RunStore;
  readonly door: RunDoor;
  readonly workers: WorkerStore;
  readonly state: StateAccess;
  readonly environmentFor: EnvironmentFor;
  readonly clock: Clock;
  readonly leaseMs: number;
  /** Claims of approved runs; null: none are given out. */
  readonly applies: Pick<ApplyClaims, 'try' | 'isOpen'> | null;
  /** Outputs of other stacks; null: nobody has any. */
  readonly inputs: InputSource | null;
}

type StoredState = NonNullable<Awaited<ReturnType<StateAccess['current']>>>;

/** The first is nearly always still free, and looking for fifty costs ten times as much as for a few. */
const CANDIDATES = [4, 50] as const;

/**
 * Answers claims. The job that made the worker ask is only a hint: what it gets is the best admissible run, moved to
 * `preparing` (or, approved, to `applying`) under a new attempt in one transaction. A forged, late or doubled job claims
 * nothing.
 */
export class ClaimService {
  readonly #deps: ClaimDeps;

  constructor(deps: ClaimDeps) {
    this.#deps = deps;
  }

  /** The assignment, or null where nothing is admissible for this worker (204). The same `claim_id`: the same answer. */
  async claim(request: ClaimRequest): Promise<Assignment | null> {
    const known = await this.#deps.workers.findClaim(request.claim_id);
    if (known) return this.#repeat(known.run, known.attempt, request);
    const wanted = await this.#wanted(request);
    for (const limit of CANDIDATES) {
      const candidates = await this.#deps.runs.admissible(limit, wanted);
      const isDeep = candidates.length === limit;
      for (const candidate of candidates) {
        const assignment = await this.#try(candidate, request);
        if (assignment) return isDeep ? { ...assignment, queue_is_deep: true } : assignment;
      }
      if (!isDeep) break;
    }
    // The same request twice at once: the other one may have been answered meanwhile, and its answer lost.
    const twin = await this.#deps.workers.findClaim(request.claim_id);
    return twin && this.#repeat(twin.run, twin.attempt, request);
  }

  /** The assignment of a run that a worker holds already, with a token of its own. */
  async assignmentFor(tx: Tx, run: RunTable): Promise<Assignment> {
    const spec = await this.#spec(tx, run);
    return this.#assignmentFor(tx, run, { spec, state: await this.#stateOf(tx, run, spec) });
  }

  async #assignmentFor(tx: Tx, run: RunTable, { spec, state }: { spec: RunSpec; state: StoredState | null }) {
    const phase = run.status === 'applying' || run.status === 'interrupted' ? 'apply' : 'plan';
    let stateUrl: string | null = null;
    if (spec.backend !== 'foreign') {
      const token = await this.#deps.state.mint(tx, { run: run.id, stack: run.stack, phase });
      stateUrl = this.#deps.state.urlFor(run.stack, token);
    }
    const environment = this.#deps.environmentFor(run.stack);
    const inputs = await inputsFor(this.#deps.inputs, tx, { run, spec, phase });
    return assignmentOf({ run, phase, spec, environment, stateUrl, stateVersion: state?.version ?? null, inputs });
  }

  /** An apply slot is only answered with an apply; an apply goes only where its working copy lies. */
  async #wanted({ slot, root }: ClaimRequest): Promise<AdmissibleFilter> {
    const isOpen = (await this.#deps.applies?.isOpen()) === true;
    return { plans: slot === 'plan', applies: isOpen && { root } };
  }

  async #try(candidate: Admissible, request: ClaimRequest): Promise<Assignment | null> {
    try {
      if (candidate.phase === 'plan') return await this.#plan(candidate, request);
      const give = (tx: Tx, run: RunTable) => this.assignmentFor(tx, run);
      return (await this.#deps.applies?.try(candidate.id, request, give)) ?? null;
    } catch (error) {
      // Another worker was quicker, or another run of the stack began to move: the next candidate may still be free.
      if (isLostRace(error)) return null;
      throw error;
    }
  }

  #plan(candidate: Admissible, request: ClaimRequest): Promise<Assignment | null> {
    return this.#deps.db.transaction().execute(async (tx) => {
      const run = await this.#deps.runs.findIn(tx, candidate.id);
      // What it needs may have begun to move meanwhile.
      if (run?.status !== 'queued' || run.waits_on !== null) return null;
      const spec = await this.#spec(tx, run);
      const settled = await settleInputs(this.#deps.inputs, tx, { run, spec });
      if ('unread' in settled) {
        await this.#deps.inputs?.startReading(tx, settled.unread, run);
        return null;
      }
      const now = this.#deps.clock.now();
      const state = await this.#stateOf(tx, run, spec);
      const claimed = await this.#deps.door.move(tx, run, 'preparing', {
        actor: `worker:${request.worker}`,
        set: {
          attempt: run.attempt + 1,
          worker: request.worker,
          root: request.root,
          lease_until: now + this.#deps.leaseMs,
          started_at: run.started_at ?? now,
          new_state: spec.backend !== 'foreign' && state === null ? 1 : 0,
          ...('spec' in settled ? { spec_digest: await this.#deps.runs.saveSpec(tx, settled.spec, now) } : {}),
        },
      });
      const refused = spec.refused ?? ('fault' in settled ? missingInput(settled.fault) : null);
      if (refused !== null) {
        const error = JSON.stringify({ ...refused, detail: '', diagnostics: [] });
        await this.#deps.door.move(tx, claimed, 'failed', {
          actor: 'system',
          reason: refused.summary,
          set: { error },
        });
        return null;
      }
      const { attempt } = claimed;
      await this.#deps.workers.saveClaim(tx, {
        claim_id: request.claim_id,
        worker: request.worker,
        run: run.id,
        attempt,
        phase: 'plan',
        created_at: now,
      });
      return this.#assignmentFor(tx, claimed, { spec: 'spec' in settled ? settled.spec : spec, state });
    });
  }

  async #repeat(id: string, attempt: number, request: ClaimRequest): Promise<Assignment | null> {
    return this.#deps.db.transaction().execute(async (tx) => {
      const run = await this.#deps.runs.findIn(tx, id);
      if (run?.attempt !== attempt || run.worker !== request.worker || run.lease_until === null) return null;
      return this.assignmentFor(tx, run);
    });
  }

  /** null where none was ever stored, or it is kept elsewhere. */
  async #stateOf(tx: Tx, { stack }: RunTable, { backend }: RunSpec): Promise<StoredState | null> {
    return backend === 'foreign' ? null : this.#deps.state.current(tx, stack);
  }

  async #spec(tx: Tx, run: RunTable): Promise<RunSpec> {
    const spec = await this.#deps.runs.spec(run.spec_digest, tx);
    if (!spec) throw new HoldfastError('internal', `run ${run.id} names a spec that is not stored`);
    return spec;
  }
}

function missingInput(summary: string): NonNullable<RunSpec['refused']> {
  return { summary, file: 'holdfast.yaml', line: null };
}

function isLostRace(error: unknown): boolean {
  if (error instanceof HoldfastError) return error.code === 'conflict';
  return error instanceof Error && /UNIQUE constraint failed|duplicate key/i.test(error.message);
}
