import {
  type Finding,
  isAcknowledged,
  type ReportInput,
  statusOf,
  summarise,
  toAccept,
} from '../features/drift/index.ts';
import { toRfc3339 } from '../kernel/clock.ts';
import type { DriftReport, FindingJson, StackDriftJson } from './contract-drift.ts';

/** The report of the stacks that `sees` names. Pure. */
export function driftReportJson(
  input: ReportInput,
  sees: (stack: string) => boolean,
  breaker: { readonly since: number; readonly troubled: number; readonly total: number } | null,
): DriftReport {
  const short = summarise(input, sees, { at: input.now, late: false });
  const findings = Map.groupBy(input.findings, ({ stack }) => stack);
  const listed = (items: typeof short.new) =>
    items.map((item) => ({ ...item, first_seen: toRfc3339(item.first_seen) }));
  const { oldest } = short.coverage;
  return {
    generated_at: toRfc3339(input.now),
    totals: short.totals,
    coverage: { ...short.coverage, oldest: oldest && { stack: oldest.stack, at: toRfc3339(oldest.at) } },
    since: toRfc3339(short.since),
    new: listed(short.new),
    longest: listed(short.longest),
    errors: short.errors.map((error) => ({ ...error, since: toRfc3339(error.since) })),
    expired_rules: [...short.expired_rules],
    acknowledged: short.acknowledged,
    next_report_at: toRfc3339(short.next_at),
    breaker: breaker && { ...breaker, since: toRfc3339(breaker.since) },
    stacks: input.watched
      .filter(({ name }) => sees(name))
      .map(({ name, dir }) => stackJson(input, { name, dir, findings: findings.get(name) ?? [] })),
  };
}

function stackJson(
  { rows, now }: ReportInput,
  { name, dir, findings }: { readonly name: string; readonly dir: string; readonly findings: readonly Finding[] },
): StackDriftJson {
  const row = rows.get(name);
  const oldest = findings.length === 0 ? null : Math.min(...findings.map(({ first_seen }) => first_seen));
  return {
    name,
    status: statusOf(row),
    checked_at: toRfc3339(row?.checked_at ?? null),
    first_seen: toRfc3339(oldest),
    findings: findings.map((finding) => findingJson(finding, dir, now)),
    more: Math.max(0, (row?.findings ?? 0) - findings.length),
    error: row?.error ?? null,
    explained: row ? JSON.parse(row.explained) : [],
    next_check_at: toRfc3339(row?.next_at ?? null),
    run: row?.run ?? null,
  };
}

/** A finding; `dir` is its stack's directory. Pure. */
export function findingJson(finding: Finding, dir: string, now: number): FindingJson {
  const { id, address, type, action, class: of, times_seen } = finding;
  const isAcked = isAcknowledged(finding, now);
  const attributes = JSON.parse(finding.attributes) as FindingJson['attributes'];
  return {
    ...{ id, address, type, action, class: of, attributes, times_seen },
    state: isAcked ? 'acknowledged' : finding.state,
    first_seen: toRfc3339(finding.first_seen),
    last_seen: toRfc3339(finding.last_seen),
    acknowledged:
      isAcked && finding.ack_by !== null
        ? {
            by: finding.ack_by,
            reason: finding.ack_reason ?? '',
            at: toRfc3339(finding.ack_at ?? finding.last_seen),
            until: toRfc3339(finding.ack_until),
          }
        : null,
    to_accept: toAccept({ address, action, attributes }, dir),
  };
}
