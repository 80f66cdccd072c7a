import type { PlanSummary } from '../../kernel/plan-outcome.ts';
import type { DriftStack } from './drift-store.ts';
import { type Finding, isAcknowledged } from './finding.ts';

/** What else stands between a drifted stack and putting it right by itself. */
export interface RemediationGates {
  readonly isBreakerOpen: boolean;
  /** Why applies are stopped everywhere or for this stack (freeze, window, block); null where they may start. */
  readonly stopped: string | null;
}

export interface RemediationFacts extends RemediationGates {
  readonly row: DriftStack;
  readonly open: readonly Finding[];
  /** Inputs digest of the stack at the head; null where it is gone or held. */
  readonly headInputs: string | null;
  /** Another run of the stack that has not ended and is no check. */
  readonly openRun: string | null;
  /** Findings that came back after they were put right, with how often, within a day. */
  readonly returns: readonly { readonly address: string; readonly times: number }[];
  readonly now: number;
}

export type RemediationDecision =
  | { readonly kind: 'plan' }
  /** The same drift came back twice within a day: somebody or something else wants it so. */
  | { readonly kind: 'halt'; readonly addresses: readonly string[] }
  | { readonly kind: 'leave'; readonly reason: string };

const DAY_MS = 86_400_000;
/** After so many returns it is not tried again. */
const RETURNS = 2;

/** Whether a drifted stack with `remediate: true` is planned to be put right now. Pure. */
export function decideRemediation(facts: RemediationFacts): RemediationDecision {
  const { row, open, returns } = facts;
  const reason = whyLeave(facts);
  if (reason !== null) return { kind: 'leave', reason };
  const back = returns.filter(({ times }) => times >= RETURNS);
  if (back.length > 0) {
    return row.halted_at === null
      ? { kind: 'halt', addresses: back.map(({ address }) => address) }
      : { kind: 'leave', reason: 'it came back again and again' };
  }
  const isTried = open.every(({ remediated_at: at }) => at !== null && facts.now - at < DAY_MS);
  return isTried ? { kind: 'leave', reason: 'it was planned already' } : { kind: 'plan' };
}

function whyLeave({ row, open, headInputs, openRun, isBreakerOpen, stopped, now }: RemediationFacts): string | null {
  if (row.status !== 'drifted' || open.length === 0) return 'nothing is known to have drifted';
  if (row.findings > open.length) return 'more has drifted than is listed';
  if (isBreakerOpen) return 'the breaker is open';
  if (row.base_applied === 0) return 'nothing was ever applied with an approval';
  if (headInputs !== row.base_inputs) return 'its configuration moved since it was applied';
  if (open.some((finding) => isAcknowledged(finding, now))) return 'some of it is acknowledged';
  if (isSomeIgnored(row)) return 'some of what drifted is ignored, and an apply would put that back too';
  if (openRun !== null) return `run ${openRun} is open`;
  return stopped;
}

function isSomeIgnored(row: DriftStack): boolean {
  const explained = JSON.parse(row.explained) as { class: string }[];
  return explained.some(({ class: of }) => of === 'ignored');
}

/**
 * Whether the plan that puts drift right is applied without a person; null where it is, else why not. Never where it
 * takes anything away, nor where it does more than what was found. Pure.
 */
export function whyNotRemediated(
  summary: PlanSummary,
  { findings, isBreakerOpen, stopped }: RemediationGates & { readonly findings: number },
): string | null {
  if (summary.destroy > 0) return `it destroys ${summary.destroy}`;
  if (summary.replace > 0) return `it replaces ${summary.replace}`;
  if (summary.forget > 0) return `it forgets ${summary.forget}`;
  if (summary.add + summary.change + summary.import > findings) return 'it would change more than what had drifted';
  return isBreakerOpen ? 'the breaker is open' : stopped;
}
