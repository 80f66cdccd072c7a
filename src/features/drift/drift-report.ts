import { toRfc3339 } from '../../kernel/clock.ts';
import type { DriftStackTable } from '../../platform/db/drift-tables.ts';
import type { ReportSnapshot } from '../notifications/index.ts';
import type { WatchedStack } from './drift-store.ts';
import { type Finding, isAcknowledged } from './finding.ts';
import { isExpired } from './ignore-rules.ts';

/** Everything a report is made of, as it was read. */
export interface ReportInput {
  /** Every stack at the heads. */
  readonly watched: readonly WatchedStack[];
  readonly rows: ReadonlyMap<string, DriftStackTable>;
  /** Open findings. */
  readonly findings: readonly Finding[];
  readonly now: number;
  /** When the report before was made; null: never. */
  readonly since: number | null;
  readonly nextAt: number | null;
}

export type StackDriftStatus = keyof Omit<ReportSnapshot['totals'], 'stacks'>;

/** A check is late when it is this much longer ago than its interval. */
const GRACE = 1.25;
const GRACE_MS = 60_000;
const LISTED = 50;
const LONGEST = 10;

/** How a stack stands. Pure. */
export function statusOf(row: Pick<DriftStackTable, 'status'> | undefined): StackDriftStatus {
  return row?.status ?? 'never_applied';
}

/** The short report of the stacks that `covers` names: what a message holds. Pure. */
export function summarise(
  input: ReportInput,
  covers: (stack: string) => boolean,
  due: { readonly at: number; readonly late: boolean },
): ReportSnapshot {
  const stacks = input.watched.filter(({ name }) => covers(name));
  const rows = stacks.flatMap(({ name }) => input.rows.get(name) ?? []);
  const findings = input.findings.filter(({ stack }) => covers(stack));
  const active = findings.filter((finding) => !isAcknowledged(finding, input.now));
  return {
    totals: totalsOf(stacks, input.rows),
    due_at: due.at,
    late: due.late,
    coverage: coverageOf(rows, input.now),
    since: input.since,
    new: active
      .filter(({ first_seen }) => first_seen > (input.since ?? 0))
      .map(named)
      .slice(0, LISTED),
    longest: active
      .toSorted((a, b) => a.first_seen - b.first_seen)
      .map(named)
      .slice(0, LONGEST),
    errors: rows
      .filter(({ status }) => status === 'error')
      .map(({ stack, error, turned_at }) => ({ stack, error: (error ?? '').slice(0, 300), since: turned_at }))
      .slice(0, LISTED),
    expired_rules: expiredRules(stacks, input.now).slice(0, LISTED),
    acknowledged: findings.length - active.length,
    next_at: input.nextAt,
  };
}

function totalsOf(stacks: readonly WatchedStack[], rows: ReportInput['rows']): ReportSnapshot['totals'] {
  const totals = { stacks: stacks.length, in_sync: 0, drifted: 0, error: 0, unknown: 0, never_applied: 0 };
  for (const { name } of stacks) totals[statusOf(rows.get(name))]++;
  return totals;
}

function coverageOf(rows: readonly DriftStackTable[], now: number): ReportSnapshot['coverage'] {
  const inTime = rows.filter(({ checked_at: at, every_ms }) => at !== null && now - at <= every_ms * GRACE + GRACE_MS);
  const [oldest] = rows.toSorted((a, b) => (a.checked_at ?? 0) - (b.checked_at ?? 0));
  return {
    in_time: inTime.length,
    of: rows.length,
    oldest: oldest ? { stack: oldest.stack, at: oldest.checked_at } : null,
  };
}

function expiredRules(stacks: readonly WatchedStack[], now: number): ReportSnapshot['expired_rules'] {
  // The day in UTC, as the rules mean it.
  const today = dayOf(now);
  return stacks.flatMap(({ name, settings }) =>
    (settings?.ignore ?? [])
      .filter((rule) => isExpired(rule, today))
      .map(({ address, expires }) => ({ stack: name, address, expires: expires ?? '' })),
  );
}

function named({ stack, address, first_seen }: Finding) {
  return { stack, address, first_seen };
}

function dayOf(at: number): string {
  return toRfc3339(at).slice(0, 10);
}
