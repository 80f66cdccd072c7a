import { toRfc3339 } from '../../kernel/clock.ts';
import { formatDuration } from '../../kernel/units.ts';
import type { RunTable } from '../../platform/db/schema.ts';
import type { WindowState } from './apply-windows.ts';

/** Serial and lineage of a state. */
export interface StateMark {
  readonly serial: number;
  readonly lineage: string;
}

/** Why no applies are started anywhere. */
export interface Freeze {
  readonly reason: string | null;
  /** An actor, or `server.yaml`. */
  readonly by: string;
  /** null: since it is in the file. */
  readonly since: number | null;
}

/** Why a stack is not applied until a person has decided. */
export interface Blocked {
  readonly run: string | null;
  readonly reason: string;
  readonly since: number;
}

/** The world that a saved plan was made for, as it is now. */
export interface PlanWorld {
  /** Inputs digest of the stack at the last processed head; null where the stack is gone or held. */
  readonly headDigest: string | null;
  readonly isOwnState: boolean;
  /** The stored state; null where no version ever existed, and for a backend of somebody else's. */
  readonly storedState: StateMark | null;
  /** Whether the saved plan of this digest is kept. */
  readonly isPlanKept: boolean;
  /** What became of the outputs of other stacks that it was planned with; null where they are the same. */
  readonly inputsMoved?: string | null;
}

/** What may stop every apply of the instance, or of the stack. */
export interface ApplyGates {
  readonly blocked: Blocked | null;
  readonly freeze: Freeze | null;
  readonly window: WindowState;
}

export interface ApprovalFacts extends PlanWorld, ApplyGates {
  /** null: whatever the plan is. */
  readonly askedDigest: string | null;
  /** Another run of the stack that moves now: only one may. */
  readonly moving: string | null;
  readonly now: number;
  readonly planExpiresMs: number;
}

export type PlannedRun = Pick<
  RunTable,
  'id' | 'stack' | 'status' | 'kind' | 'inputs_digest' | 'plan_digest' | 'plan_state' | 'updated_at'
>;

export type ApprovalDecision =
  | { readonly kind: 'ok' }
  /** The door says which status it has and who moved it. */
  | { readonly kind: 'not_waiting' }
  | { readonly kind: 'refuse'; readonly reason: string; readonly wayOut: string }
  /** The plan is no longer about the world as it is: it is put aside, and the stack planned again. */
  | { readonly kind: 'stale'; readonly reason: string };

/** Whether this plan may be approved now. Pure. */
export function decideApproval(run: PlannedRun, facts: ApprovalFacts): ApprovalDecision {
  if (run.status !== 'awaiting_approval') return { kind: 'not_waiting' };
  if (facts.askedDigest !== null && facts.askedDigest !== run.plan_digest) {
    return refuse(
      `the plan of run ${run.id} has the digest ${run.plan_digest}, and ${facts.askedDigest} was to be approved`,
      `look at the plan as it is now: holdfast run ${run.id}`,
    );
  }
  const outdated = whyOutdated(run, facts) ?? whyExpired(run, facts);
  if (outdated !== null) return { kind: 'stale', reason: outdated };
  if (facts.moving !== null) {
    const wayOut = `wait for its end (or: holdfast cancel ${facts.moving}), then approve what waits`;
    return refuse(`run ${facts.moving} of the same stack is under way`, wayOut);
  }
  return whyGated(run, facts) ?? { kind: 'ok' };
}

/** Why the saved plan may never be applied any more; null where it may. Asked at the approval and again at the claim. Pure. */
export function whyOutdated(run: PlannedRun, world: PlanWorld): string | null {
  // A destroy is planned with what was applied last; its stack may be gone from the head.
  if (run.kind !== 'destroy' && world.headDigest !== run.inputs_digest) {
    return world.headDigest === null
      ? 'the stack is gone from the head, or held'
      : "the stack's inputs at the head are no longer those of the plan";
  }
  if (run.kind !== 'destroy' && world.inputsMoved) return world.inputsMoved;
  if (!world.isPlanKept) return 'its saved plan is not kept any more';
  return world.isOwnState ? whyStateMoved(run, world.storedState) : null;
}

function whyStateMoved(run: PlannedRun, stored: StateMark | null): string | null {
  const seen = run.plan_state === null ? null : (JSON.parse(run.plan_state) as StateMark);
  const sawNothing = seen === null || seen.lineage === '';
  if (stored === null) return sawNothing ? null : `the plan saw serial ${seen.serial} of a state, and none is stored`;
  // An encrypted plan does not tell what it saw: its own staleness check is left.
  if (seen === null) return null;
  if (sawNothing) return `the plan saw no state, and serial ${stored.serial} is stored`;
  if (seen.lineage !== stored.lineage) return 'the stored state has another lineage than the one that the plan saw';
  if (seen.serial === stored.serial) return null;
  return `the plan saw serial ${seen.serial} of the state, and serial ${stored.serial} is stored`;
}

function whyExpired(run: PlannedRun, { now, planExpiresMs }: ApprovalFacts): string | null {
  const age = now - run.updated_at;
  return age > planExpiresMs ? `the plan is older than ${formatDuration(planExpiresMs)} (applies.plan_expires)` : null;
}

function whyGated({ stack }: PlannedRun, { blocked, freeze, window }: ApplyGates): ApprovalDecision | null {
  if (blocked) {
    const wayOut = `decide what to do about it, then: holdfast unblock ${stack} --reason …`;
    return refuse(`stack ${stack} is blocked: ${blocked.reason}`, wayOut);
  }
  if (freeze) {
    const why = freeze.reason === null ? '' : `: ${freeze.reason}`;
    const file = 'take `applies.freeze` out of server.yaml and start again';
    return refuse(
      `applies are frozen by ${freeze.by}${why}`,
      freeze.since === null ? file : 'wait, or: holdfast unfreeze',
    );
  }
  if (window.isOpen) return null;
  return refuse('no window for applies is open now (applies.windows)', `wait until ${toRfc3339(window.opensAt)}`);
}

function refuse(reason: string, wayOut: string): ApprovalDecision {
  return { kind: 'refuse', reason, wayOut };
}
