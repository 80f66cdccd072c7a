import type { PlanSummary } from '../../kernel/plan-outcome.ts';
import type { RunStatus } from '../../kernel/run-status.ts';
import type { RunTable } from '../../platform/db/schema.ts';

/** How a plan phase ended, as far as the status depends on it. */
export interface PlanEnd {
  readonly result: 'planned' | 'failed' | 'canceled' | 'never_started';
  /** terraform's own word: 2 means that something differs, whatever the counts say. */
  readonly exitCode: number | null;
  readonly summary: PlanSummary | null;
  readonly planDigest: string | null;
}

export interface OutcomeDecision {
  readonly to: RunStatus;
  readonly reason: string | null;
  /** Whether the run that waits for approval gives way to this one. */
  readonly supersedesWaiting: boolean;
}

const CHANGING = ['add', 'change', 'destroy', 'replace', 'import', 'move', 'forget', 'outputs'] as const;

/** Whether a plan would change anything at all: resources, state or outputs. */
export function hasChanges(summary: PlanSummary): boolean {
  return CHANGING.some((key) => summary[key] > 0);
}

/**
 * Where a plan goes that came to its end. `headDigest`: the inputs digest of its stack at the last processed head; null
 * where the stack is gone. A plan of inputs that are no longer the head's is superseded and told to nobody. Pure.
 */
export function decideOutcome(run: RunTable, end: PlanEnd, headDigest: string | null): OutcomeDecision {
  const rest = (to: RunStatus, reason: string | null, supersedesWaiting = false) => ({ to, reason, supersedesWaiting });
  if (run.cancel_at !== null && end.result !== 'planned') return rest('canceled', `canceled by ${run.cancel_by}`);
  if (end.result === 'canceled') return rest('canceled', 'canceled on its worker');
  // A destroy stands on what was applied last; its stack may be gone from the head.
  const isOfHead = (run.kind === 'plan' || run.kind === 'refresh') && run.speculative === 0;
  if (isOfHead && headDigest !== run.inputs_digest) {
    return rest('superseded', "a newer head changed this stack's inputs while it was planned");
  }
  if (end.result === 'never_started') return rest('queued', 'its worker went away before the engine started');
  if (end.result === 'failed') return rest('failed', null);
  if (end.summary === null) return rest('failed', 'the plan came without a summary');
  if (run.cancel_at !== null) return rest('canceled', `canceled by ${run.cancel_by}`);
  const takesPlace = run.kind !== 'drift' && run.speculative === 0;
  if (end.exitCode !== 2 && !hasChanges(end.summary)) {
    // That the world is as the state says tells nothing of what the waiting plan wants to change.
    return rest('unchanged', null, takesPlace && run.kind !== 'refresh');
  }
  if (!takesPlace) return rest('planned', null);
  if (end.planDigest === null) return rest('failed', 'the plan came without its plan file');
  return rest('awaiting_approval', null, true);
}
