import type { PlanSummary } from '../../kernel/plan-outcome.ts';
import type { RunTable } from '../../platform/db/schema.ts';
import type { ApplyGates } from './approval-decision.ts';

export interface AutoApplyFacts extends ApplyGates {
  /** `apply: auto` in the stack's entry at the head. */
  readonly isWanted: boolean;
  /** `allow: {auto_apply: true}` for its repository in the server's file. */
  readonly isAllowed: boolean;
  /** The run of the stack before this one that came to an end of its own (drift and speculative ones left out). */
  readonly previousFailed: boolean;
}

/**
 * Whether a plan with changes is approved without a person: null where it is; else why not, in words for people. A
 * stack that does not ask for it gets null as the reason of `no`. Pure.
 */
export function mayAutoApply(
  run: Pick<RunTable, 'kind' | 'speculative' | 'new_state' | 'provisional' | 'cancel_at'>,
  summary: PlanSummary,
  facts: AutoApplyFacts,
): { readonly yes: true } | { readonly yes: false; readonly reason: string | null } {
  if (!facts.isWanted) return no(null);
  if (!facts.isAllowed) return no('the server’s file does not allow it for this repository');
  const reason = whyNot(run, summary, facts);
  return reason === null ? { yes: true } : no(reason);
}

function whyNot(
  run: Pick<RunTable, 'kind' | 'speculative' | 'new_state' | 'provisional' | 'cancel_at'>,
  summary: PlanSummary,
  facts: AutoApplyFacts,
): string | null {
  if (run.kind !== 'plan' || run.speculative === 1) return `it is a ${run.kind} run`;
  if (summary.destroy > 0) return `it destroys ${count(summary.destroy)}`;
  if (summary.replace > 0) return `it replaces ${count(summary.replace)}`;
  if (summary.forget > 0) return `it forgets ${count(summary.forget)}`;
  if (run.new_state === 1) return 'it is the first apply into an empty state';
  if (run.provisional !== null) return 'it stands on outputs that may still change';
  if (facts.previousFailed) return 'the run before it failed';
  if (facts.blocked) return 'the stack is blocked';
  if (facts.freeze) return 'applies are frozen';
  if (!facts.window.isOpen) return 'no window for applies is open';
  return run.cancel_at === null ? null : 'somebody wants it canceled';
}

function count(n: number): string {
  return n === 1 ? '1 resource' : `${n} resources`;
}

function no(reason: string | null) {
  return { yes: false, reason: reason && `not applied by itself (apply: auto): ${reason}` } as const;
}
