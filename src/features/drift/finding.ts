import { digestOf } from '../../kernel/digest.ts';
import type { PlanAction } from '../../kernel/plan-outcome.ts';
import type { DriftFindingTable } from '../../platform/db/drift-tables.ts';
import type { DriftChange } from './drift-verdict.ts';

/** A finding as it is stored. */
export type Finding = DriftFindingTable;

/** What a check that came to a verdict does to the findings of its stack. */
export interface Settled {
  readonly opened: readonly Finding[];
  /** Seen again as they were. */
  readonly again: readonly Finding[];
  /** Seen again with other values: an acknowledgement of the old ones holds no more. */
  readonly changed: readonly Finding[];
  readonly cleared: readonly Finding[];
  /** Findings beyond the bound: counted, not kept. */
  readonly leftOut: number;
}

export interface Settling {
  readonly stack: string;
  readonly run: string;
  readonly at: number;
  readonly newId: () => string;
}

/** So many findings are kept of one stack. A stack with more has one trouble, not thousands. */
export const MOST_FINDINGS = 500;

const SEVERITY: Partial<Record<PlanAction, number>> = { delete: 0, replace: 1 };

/** Joins what a check found to the open findings of its stack. Pure, but for the ids. */
export function settle(open: readonly Finding[], found: readonly DriftChange[], settling: Settling): Settled {
  const byAddress = new Map(found.map((change) => [change.address, change]));
  const known = new Map(open.map((finding) => [finding.address, finding]));
  const sorted = [...byAddress.values()].toSorted((a, b) => rankOf(a, known) - rankOf(b, known));
  const kept = sorted.slice(0, MOST_FINDINGS);
  const opened: Finding[] = [];
  const again: Finding[] = [];
  const changed: Finding[] = [];
  for (const change of kept) {
    const before = known.get(change.address);
    if (!before) opened.push(openFinding(change, settling));
    else if (before.fingerprint === fingerprintOf(change)) again.push(seenAgain(before, settling));
    else changed.push(seenChanged(before, change, settling));
  }
  const isGone = ({ address }: Finding) => !byAddress.has(address);
  const cleared = open.filter(isGone).map((finding) => ({ ...finding, cleared_at: settling.at }));
  return { opened, again, changed, cleared, leftOut: sorted.length - kept.length };
}

/** What is known stays listed; then what is gone or would be replaced goes first. */
function rankOf(change: DriftChange, known: ReadonlyMap<string, Finding>): number {
  return known.has(change.address) ? -1 : (SEVERITY[change.action] ?? 2);
}

/** Equal for equal drift: what happened, and which attributes went from what to what. Pure. */
export function fingerprintOf({ action, attributes }: Pick<DriftChange, 'action' | 'attributes'>): string {
  const sorted = attributes.toSorted((a, b) => (a.path < b.path ? -1 : 1));
  return digestOf({ action, attributes: sorted }).slice(0, 32);
}

function openFinding(change: DriftChange, { stack, run, at, newId }: Settling): Finding {
  return {
    id: newId(),
    stack,
    run,
    ...valuesOf(change),
    address: change.address,
    type: change.type,
    state: 'new',
    first_seen: at,
    last_seen: at,
    times_seen: 1,
    cleared_at: null,
    told: null,
    ack_by: null,
    ack_reason: null,
    ack_at: null,
    ack_until: null,
    remediated_at: null,
  };
}

function seenAgain(before: Finding, { run, at }: Settling): Finding {
  return { ...before, run, state: 'known', last_seen: at, times_seen: before.times_seen + 1 };
}

function seenChanged(before: Finding, change: DriftChange, settling: Settling): Finding {
  const noAck = { ack_by: null, ack_reason: null, ack_at: null, ack_until: null };
  return { ...seenAgain(before, settling), ...valuesOf(change), ...noAck, state: 'changed' };
}

function valuesOf(change: DriftChange) {
  const { action, attributes } = change;
  return {
    action,
    class: change.class,
    attributes: JSON.stringify(attributes),
    fingerprint: fingerprintOf(change),
  };
}

/** Whether somebody acknowledged it, and that still holds. Pure. */
export function isAcknowledged(finding: Pick<Finding, 'ack_by' | 'ack_until'>, now: number): boolean {
  return finding.ack_by !== null && (finding.ack_until === null || finding.ack_until > now);
}
