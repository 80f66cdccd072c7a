import { type ApplyGates, type PlannedRun, type PlanWorld, whyOutdated } from './approval-decision.ts';

export type ApplyClaim =
  | { readonly kind: 'claim' }
  /** Not now; the run stays approved and says what it waits for. */
  | { readonly kind: 'wait' }
  | { readonly kind: 'stale'; readonly reason: string };

/** Whether an approved run may be given to a worker now (the stack's lock is asked for afterwards, by taking it). Pure. */
export function decideApplyClaim(run: PlannedRun, world: PlanWorld, gates: ApplyGates): ApplyClaim {
  if (run.status !== 'approved') return { kind: 'wait' };
  const outdated = whyOutdated(run, world);
  if (outdated !== null) return { kind: 'stale', reason: outdated };
  const isOpen = gates.blocked === null && gates.freeze === null && gates.window.isOpen;
  return isOpen ? { kind: 'claim' } : { kind: 'wait' };
}
