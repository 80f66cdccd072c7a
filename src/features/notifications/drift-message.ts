import { cleanLine, cut } from './clean-text.ts';
import type { DriftedResource, DriftSnapshot, ReportSnapshot } from './drift-snapshot.ts';
import type { NotificationBody } from './notification.ts';
import { utcOf } from './utc-text.ts';

/** Items of each list of a report that are named. */
const LISTED = 10;

/** Sign, verb and what follows the stack's name in the headline of a drift event, report or notice; null for others. Pure. */
export function driftHeadline(body: NotificationBody): { sign: string; verb: string; news: string } | null {
  const { event, drift, report, notice } = body;
  if (event === 'instance.notice') return { sign: '⚠', verb: 'notice', news: cut(cleanLine(notice?.title ?? ''), 120) };
  if (event === 'drift.report')
    return { sign: report?.totals.drifted ? '🟠' : '🟢', verb: 'drift report', news: shortTotals(report) };
  if (event === 'drift.found') return { sign: '🟠', verb: 'drift', news: countOf(drift?.open ?? 0) };
  if (event === 'drift.changed') return { sign: '🟠', verb: 'drift changed', news: countOf(drift?.open ?? 0) };
  if (event === 'drift.cleared') return { sign: '🟢', verb: 'drift cleared', news: '' };
  if (event !== 'drift.error') return null;
  return { sign: '🔴', verb: 'drift check failed', news: cut(cleanLine(drift?.error ?? 'see its log'), 100) };
}

/** Sentences of a drift event, report or notice. Pure. */
export function driftSentences(body: NotificationBody): string[] {
  const { event, drift, report, notice, stack } = body;
  if (notice) return notice.sentences.map((sentence) => cleanLine(sentence));
  if (report) return reportSentences(report);
  if (!drift) return [];
  if (event === 'drift.error') return errorSentences(drift);
  if (event === 'drift.cleared') return ['What had drifted is as it was applied again.'];
  const about =
    drift.cleared > 0 ? [`${drift.cleared} of what was told before ${drift.cleared === 1 ? 'is' : 'are'} gone.`] : [];
  const name = cleanLine(stack ?? '');
  return [
    ...about,
    `Put it right: holdfast plan ${name}. Keep it: holdfast plan ${name} --refresh-only, and write what was found into its files. ` +
      `Leave it for now: holdfast drift ack ${name} --reason …`,
  ];
}

/** A line per drifted resource and one per attribute, as `holdfast drift` shows them. Pure. */
export function driftLines({ drift }: NotificationBody): string[] {
  if (!drift) return [];
  const lines = drift.resources.flatMap(resourceLines);
  return drift.more > 0 ? [...lines, `… and ${drift.more} more`] : lines;
}

function resourceLines(resource: DriftedResource): string[] {
  const { address, action, state, attributes, more_attributes: more } = resource;
  if (state === 'cleared') return [`✓ ${cleanLine(address)}: as it was applied again`];
  const sign = action === 'create' ? '+' : '~';
  // Of what is gone every attribute is gone.
  if (action === 'delete')
    return [`- ${cleanLine(address)}: gone from the world${state === 'new' ? '' : ` (${state})`}`];
  const lines = attributes.map(
    ({ path, before, after }) => `    ${cleanLine(path)}: ${shown(before)} → ${shown(after)}`,
  );
  const head = `${sign} ${cleanLine(address)}${state === 'new' ? '' : ` (${state})`}`;
  return [head, ...lines, ...(more > 0 ? [`    … and ${more} more attributes`] : [])];
}

function shown(value: string | null): string {
  return value === null ? 'nothing' : JSON.stringify(cut(cleanLine(value), 120));
}

function errorSentences(drift: DriftSnapshot): string[] {
  const known =
    drift.open > 0
      ? `What was found before stays as it was: ${countOf(drift.open)}.`
      : 'It says neither drifted nor in sync.';
  const last = drift.checked_at === null ? 'It was never checked before.' : `Checked last ${utcOf(drift.checked_at)}.`;
  return [known, last];
}

function shortTotals(report: ReportSnapshot | null | undefined): string {
  if (!report) return '';
  const { drifted, error, stacks } = report.totals;
  const failed = error > 0 ? `, ${error} failed` : '';
  return `${drifted} of ${stacks} drifted${failed}${report.late ? ', late' : ''}`;
}

function reportSentences(report: ReportSnapshot): string[] {
  const { totals, coverage } = report;
  const named = (items: readonly string[]) =>
    [...items.slice(0, LISTED), ...(items.length > LISTED ? [`${items.length - LISTED} more`] : [])].join(', ');
  const finding = ({ stack, address }: { stack: string; address: string }) =>
    `${cleanLine(address)} in ${cleanLine(stack)}`;
  const { oldest } = coverage;
  const never = totals.never_applied > 0 ? `, ${totals.never_applied} never applied` : '';
  const unknown = totals.unknown > 0 ? `, ${totals.unknown} unknown` : '';
  return [
    ...(report.late ? [`Late: it was due ${utcOf(report.due_at)}.`] : []),
    `${totals.in_sync} in sync, ${totals.drifted} drifted, ${totals.error} failed${unknown}${never}.`,
    `Checked in time: ${coverage.in_time} of ${coverage.of}${oldest === null ? '' : `; longest ago: ${cleanLine(oldest.stack)}, ${oldest.at === null ? 'never' : utcOf(oldest.at)}`}.`,
    report.new.length === 0 ? 'Nothing new since the last report.' : `New: ${named(report.new.map(finding))}.`,
    ...(report.longest.length === 0
      ? []
      : [`Open longest: ${named(report.longest.map((item) => `${finding(item)} since ${utcOf(item.first_seen)}`))}.`]),
    ...report.errors
      .slice(0, LISTED)
      .map(({ stack, error }) => `${cleanLine(stack)} could not be checked: ${cut(cleanLine(error), 200)}.`),
    ...report.expired_rules
      .slice(0, LISTED)
      .map(
        ({ stack, address, expires }) =>
          `The rule for ${cleanLine(address)} in ${cleanLine(stack)} expired ${expires}.`,
      ),
    ...(report.acknowledged === 0 ? [] : [`${report.acknowledged} acknowledged.`]),
    ...(report.next_at === null ? [] : [`Next report ${utcOf(report.next_at)}.`]),
  ];
}

function countOf(count: number): string {
  return count === 1 ? '1 resource' : `${count} resources`;
}
