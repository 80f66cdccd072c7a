import type { AttributeJson } from '../contract.ts';
import type { DriftReport, FindingJson, StackDriftJson } from '../contract-drift.ts';
import { ago } from './ago.ts';
import { renderAttribute } from './change-text.ts';
import { clean } from './clean.ts';
import { type Paint, plainPaint } from './paint.ts';
import type { TextOptions } from './run-text.ts';

const ATTRIBUTES_SHOWN = 10;
const COLOURS: Readonly<Record<StackDriftJson['status'], keyof Paint>> = {
  in_sync: 'good',
  drifted: 'caution',
  error: 'bad',
  unknown: 'faint',
  never_applied: 'faint',
};

/** The drift report as a page of text. Ends with a newline. */
export function renderDriftReport(report: DriftReport, options: TextOptions = {}): string {
  const paint = options.paint ?? plainPaint;
  const told = report.stacks.filter(({ status, findings }) => status === 'error' || findings.length > 0);
  const sections = [
    ...headLines(report, options).map((line) => `${line}\n`),
    ...(told.length === 0 ? [] : [`\n${told.map((stack) => renderStackDrift(stack, paint, options.now)).join('\n')}`]),
  ];
  return sections.join('');
}

function headLines(report: DriftReport, { now, paint = plainPaint }: TextOptions): string[] {
  const { totals, coverage, breaker } = report;
  const { oldest } = coverage;
  const longestAgo =
    oldest === null
      ? ''
      : `; longest ago: ${clean(oldest.stack)}, ${oldest.at === null ? 'never' : ago(oldest.at, now)}`;
  return [
    `${paint.strong(`${totals.stacks} ${totals.stacks === 1 ? 'stack' : 'stacks'}`)}: ${totalsText(report)}`,
    `Checked in time: ${coverage.in_time} of ${coverage.of}${longestAgo}`,
    ...(report.since === null ? [] : [`New since the last report (${ago(report.since, now)}): ${report.new.length}`]),
    ...(report.acknowledged === 0 ? [] : [`Acknowledged: ${report.acknowledged}`]),
    ...(report.next_report_at === null ? [] : [`Next report: ${clean(report.next_report_at)}`]),
    ...report.expired_rules.map(
      ({ stack, address, expires }) =>
        `${paint.caution('!')} the rule for ${clean(address)} in ${clean(stack)} expired ${clean(expires)}`,
    ),
    ...(breaker === null
      ? []
      : [
          `${paint.caution('!')} ${breaker.troubled} of ${breaker.total} stacks drifted or failed at once (${ago(breaker.since, now)}): nothing is put right by itself until: holdfast drift resume --reason …`,
        ]),
  ];
}

function totalsText({ totals }: DriftReport): string {
  const parts = [
    [totals.in_sync, 'in sync'],
    [totals.drifted, 'drifted'],
    [totals.error, 'failed'],
    [totals.unknown, 'unknown'],
    [totals.never_applied, 'never applied'],
  ] as const;
  return parts
    .filter(([count, word]) => count > 0 || word === 'drifted')
    .map(([count, word]) => `${count} ${word}`)
    .join(', ');
}

/** One stack with what drifted in it, and what to do. Ends with a newline. */
export function renderStackDrift(stack: StackDriftJson, paint: Paint, now?: number): string {
  const name = clean(stack.name);
  const checked = stack.checked_at === null ? '' : paint.faint(`  checked ${ago(stack.checked_at, now)}`);
  const lines = [`${paint.strong(name)}  ${paint[COLOURS[stack.status]](stack.status.replace(/_/g, ' '))}${checked}`];
  if (stack.error !== null) lines.push(`  ${paint.bad('the last check failed:')} ${clean(stack.error)}`);
  for (const finding of stack.findings) lines.push(...findingLines(finding, paint, now));
  if (stack.more > 0) lines.push(`  … and ${stack.more} more`);
  const open = stack.findings.find(({ state }) => state !== 'acknowledged');
  if (open) {
    lines.push(
      `  ${paint.faint('put it right:')}  holdfast plan ${name}`,
      `  ${paint.faint('keep it:')}       holdfast plan ${name} --refresh-only, and ${clean(open.to_accept, 600)}`,
      `  ${paint.faint('leave it:')}      holdfast drift ack ${name} --reason …`,
    );
  }
  return `${lines.join('\n')}\n`;
}

function findingLines(finding: FindingJson, paint: Paint, now: number | undefined): string[] {
  const { action, acknowledged } = finding;
  const marker = action === 'delete' ? paint.bad('-') : action === 'create' ? paint.good('+') : paint.caution('~');
  const gone = action === 'delete' ? 'gone from the world, ' : '';
  const note = `${gone}${finding.state}, since ${ago(finding.first_seen, now)}`;
  const ack = acknowledged === null ? [] : [`      ${paint.faint(ackText(acknowledged))}`];
  const shown = action === 'delete' ? [] : finding.attributes.slice(0, ATTRIBUTES_SHOWN);
  const more = action === 'delete' ? 0 : finding.attributes.length - shown.length;
  return [
    `  ${marker} ${paint.strong(clean(finding.address))}  ${paint.faint(note)}`,
    ...shown.map((attribute) => renderAttribute(attribute, paint)),
    ...(more > 0 ? [`      … and ${more} more attributes`] : []),
    ...ack,
  ];
}

function ackText({ by, reason, until }: NonNullable<FindingJson['acknowledged']>): string {
  return `acknowledged by ${clean(by)} ${until === null ? 'until it changes' : `until ${clean(until)}`}: ${clean(reason)}`;
}

/** The drift report as Markdown, for an issue or a wiki. Ends with a newline. */
export function renderDriftMarkdown(report: DriftReport): string {
  const lines = ['# Drift report', '', ...headLines(report, {}).map((line) => `- ${markdown(line)}`)];
  for (const stack of report.stacks) {
    if (stack.status !== 'error' && stack.findings.length === 0) continue;
    lines.push('', `## ${markdown(stack.name)}: ${stack.status.replace(/_/g, ' ')}`, '');
    if (stack.error !== null) lines.push(`The last check failed: ${markdown(stack.error)}`, '');
    for (const finding of stack.findings) {
      lines.push(`- ${code(finding.address)} (${finding.action}, ${finding.state}, since ${finding.first_seen})`);
      for (const attribute of finding.attributes.slice(0, ATTRIBUTES_SHOWN))
        lines.push(`  - ${attributeLine(attribute)}`);
    }
    if (stack.more > 0) lines.push(`- … and ${stack.more} more`);
  }
  return `${lines.join('\n')}\n`;
}

function attributeLine({ path, before, after }: AttributeJson): string {
  return `${code(path)}: ${before === null ? 'nothing' : code(before)} → ${after === null ? 'nothing' : code(after)}`;
}

/** A foreign text in which nothing is markup. */
function markdown(text: string): string {
  return clean(text, 1000).replace(/[\\`*_{}[\]<>#|@!~]/g, (sign) => `\\${sign}`);
}

/** A foreign text as inline code: no backtick in it ends it. */
function code(text: string): string {
  const plain = clean(text.replace(/\n/g, '⏎'), 300).replaceAll('`', 'ˋ');
  return `\`${plain === '' ? ' ' : plain}\``;
}
