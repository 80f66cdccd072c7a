import type { Clock } from '../../kernel/clock.ts';
import { HoldfastError } from '../../kernel/errors.ts';
import type { Logger } from '../../kernel/logger.ts';
import type { PlanSummary } from '../../kernel/plan-outcome.ts';
import type { Database } from '../../platform/db/open-database.ts';
import type { RunTable } from '../../platform/db/schema.ts';
import { decideOutcome, type OutcomeDecision, type RunDoor, type RunStore, type Tx } from '../runs/index.ts';
import type { ArtifactIntake, LogKeeper, StateAccess } from './execution-ports.ts';
import { fenced, unknownRun } from './held-run.ts';
import { checkOutcome } from './outcome-check.ts';
import { keepOutcomeFiles } from './outcome-files.ts';
import type { PackedPlan, PlanKeeper } from './plan-keeper.ts';
import type { OutcomeRequest } from './protocol.ts';
import { requeue } from './requeue.ts';

export interface OutcomeDeps {
  readonly db: Database;
  readonly runs: RunStore;
  readonly door: RunDoor;
  readonly state: StateAccess;
  readonly artifacts: ArtifactIntake;
  readonly plans: PlanKeeper;
  readonly logs: LogKeeper;
  readonly logger: Logger;
  /** Which plans need no person; null: all do. */
  readonly auto: NeedsNobody | null;
  /** What else people have to know of a plan that waits. */
  readonly remarks?: { of(tx: Tx, run: RunTable): Promise<string | null> };
  readonly clock: Clock;
  /** Called after the outcome is committed: something else may be admissible now. */
  readonly ring: () => void;
}

/** Records how a phase ended: once per (run, attempt), however often it is told. */
export class OutcomeService {
  readonly #deps: OutcomeDeps;

  constructor(deps: OutcomeDeps) {
    this.#deps = deps;
  }

  /**
   * The run as it stands afterwards. Of a large plan the projection comes `packed`, and in the outcome only its summary. Throws `fenced` for an attempt that is no longer the one. */
  async record(id: string, worker: string, outcome: OutcomeRequest, packed?: PackedPlan): Promise<RunTable> {
    const brought = await keepOutcomeFiles(this.#deps, id, outcome);
    const received = brought ?? (await this.#deps.artifacts.digestOf(id, outcome.attempt, 'plan'));
    const projection = outcome.projection;
    if (packed) await this.#deps.plans.keepPacked(id, outcome.attempt, packed);
    else if (projection) await this.#deps.plans.keep(id, outcome.attempt, projection);
    const run = await this.#deps.db.transaction().execute((tx) => this.#record(tx, { id, worker, outcome, received }));
    // Who asks for another run is answered first: it depends on that how soon others must hear.
    if (outcome.next === undefined) this.#deps.ring();
    return run;
  }

  async #record(tx: Tx, told: Told): Promise<RunTable> {
    const run = await this.#deps.runs.findIn(tx, told.id);
    if (!run) throw unknownRun(told.id);
    if (run.attempt !== told.outcome.attempt) throw fenced(run, told.outcome.attempt);
    // Told again after it was recorded: the same answer, nothing moves.
    if (run.lease_until === null) return run;
    if (run.status === 'applying' || run.status === 'interrupted') throw notAPlan(run);
    const outcome = checkOutcome(told.outcome, {
      receivedDigest: told.received,
      storedState: await this.#deps.state.current(tx, run.stack),
      isOwnState: (await this.#deps.runs.spec(run.spec_digest, tx))?.backend !== 'foreign',
    });
    const headDigest = await this.#deps.runs.headDigest(tx, run.stack);
    const decision = decideOutcome(
      run,
      {
        result: outcome.result,
        exitCode: outcome.exit_code,
        summary: outcome.projection?.summary ?? null,
        planDigest: outcome.plan_digest,
      },
      headDigest,
    );
    const actor = `worker:${told.worker}`;
    if (decision.to === 'queued') return requeue(this.#deps, tx, run, { actor, reason: decision.reason ?? '' });
    const moved = await this.#move(tx, run, decision, outcome, actor);
    if (moved.status !== 'awaiting_approval') await this.#deps.state.endFor(tx, run.id);
    return moved;
  }

  async #move(tx: Tx, run: RunTable, decision: OutcomeDecision, outcome: OutcomeRequest, actor: string) {
    let from = run;
    // A plan that ended before its worker could say so was planning all the same.
    if (
      from.status === 'preparing' &&
      decision.to !== 'failed' &&
      decision.to !== 'canceled' &&
      decision.to !== 'superseded'
    )
      from = await this.#deps.door.move(tx, from, 'planning', { actor, set: { lease_until: from.lease_until } });
    if (decision.supersedesWaiting) await this.#supersedeWaiting(tx, run, actor);
    const auto = await this.#auto(tx, run, decision, outcome);
    const reason = await this.#reason(tx, run, decision, auto, outcome);
    const moved = await this.#deps.door.move(tx, from, decision.to, {
      actor,
      ...(reason === null ? {} : { reason }),
      set: {
        ...(auto.yes ? { approved_by: auto.by ?? AUTO, approved_at: this.#deps.clock.now() } : {}),
        summary: outcome.projection ? JSON.stringify(outcome.projection.summary) : null,
        plan_digest: decision.to === 'awaiting_approval' ? outcome.plan_digest : null,
        tree_digest: decision.to === 'awaiting_approval' ? (outcome.tree_digest ?? null) : null,
        engine_version: outcome.engine_version,
        plan_state: outcome.plan_state ? JSON.stringify(outcome.plan_state) : null,
        error: decision.to === 'failed' ? errorOf(outcome, decision.reason) : null,
      },
    });
    if (!auto.yes) return moved;
    const why = auto.reason ?? 'approved by itself (apply: auto)';
    return this.#deps.door.move(tx, moved, 'approved', { actor: auto.by ?? AUTO, reason: why });
  }

  /** Why it has its status, and what else is to be known of a plan that waits. */
  async #reason(
    tx: Tx,
    run: RunTable,
    decision: OutcomeDecision,
    auto: { readonly yes: boolean; readonly reason?: string | null },
    outcome: OutcomeRequest,
  ): Promise<string | null> {
    if (decision.reason !== null) return decision.reason;
    const remark = decision.to === 'awaiting_approval' ? await this.#deps.remarks?.of(tx, run) : null;
    const ofSpec = isShown(decision) ? ((await this.#deps.runs.spec(run.spec_digest, tx))?.remark ?? null) : null;
    const parts = [remark, auto.yes ? null : auto.reason, warningOf(decision, outcome), ofSpec];
    return parts.filter((part) => part != null).join('; ') || null;
  }

  async #auto(tx: Tx, run: RunTable, decision: OutcomeDecision, { projection }: OutcomeRequest) {
    const { auto } = this.#deps;
    if (auto === null || decision.to !== 'awaiting_approval' || !projection)
      return { yes: false, reason: null } as const;
    return auto.decide(tx, run, projection.summary);
  }

  async #supersedeWaiting(tx: Tx, run: RunTable, actor: string): Promise<void> {
    for (const open of await this.#deps.runs.openIn(tx, run.stack)) {
      if (open.status !== 'awaiting_approval' || open.id === run.id) continue;
      await this.#deps.door.move(tx, open, 'superseded', { actor, reason: `run ${run.id} planned the stack again` });
    }
  }
}

/** A plan that can be approved says what should be known first. */
function warningOf(decision: OutcomeDecision, { warning }: OutcomeRequest): string | null {
  return isShown(decision) ? (warning ?? null) : null;
}

function isShown({ to }: OutcomeDecision): boolean {
  return to === 'awaiting_approval' || to === 'unchanged' || to === 'planned';
}

/** Says of a plan that is about to wait whether it needs a person: `by` whom it is approved otherwise, and why. */
export interface NeedsNobody {
  decide(
    tx: Tx,
    run: RunTable,
    summary: PlanSummary,
  ): Promise<
    | { readonly yes: true; readonly by?: string; readonly reason?: string }
    | { readonly yes: false; readonly reason: string | null }
  >;
}

/** Who approves what needs no person. */
const AUTO = 'system:auto';

interface Told {
  readonly id: string;
  readonly worker: string;
  readonly outcome: OutcomeRequest;
  readonly received: string | null;
}

/** The error as people see it: the first error diagnostic, with all of them behind it. */
function errorOf(outcome: OutcomeRequest, reason: string | null): string {
  const first = outcome.diagnostics.find((diagnostic) => diagnostic.severity === 'error');
  const said = outcome.error ?? reason;
  return JSON.stringify({
    summary: said ?? first?.summary ?? 'the engine failed without saying why; see the log',
    detail: said ? '' : (first?.detail ?? ''),
    file: first?.file ?? null,
    line: first?.line ?? null,
    exit_code: outcome.exit_code,
    diagnostics: outcome.diagnostics,
  });
}

function notAPlan(run: RunTable): HoldfastError {
  return new HoldfastError('invalid', `run ${run.id} is ${run.status}: the end of an apply is told by apply-outcome`);
}
