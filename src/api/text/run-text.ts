import type { ChangeReason } from '../../kernel/stack-entry.ts';
import { formatDuration } from '../../kernel/units.ts';
import type { Run, RunListItem } from '../contract.ts';
import { ago } from './ago.ts';
import { renderAttribute, renderChange } from './change-text.ts';
import { clean, cleanBlock } from './clean.ts';
import { renderDiagnostics } from './diagnostic-text.ts';
import { type Paint, plainPaint } from './paint.ts';
import { paintStatus, statusText } from './status-text.ts';
import { summaryText } from './summary-text.ts';

export interface TextOptions {
  readonly paint?: Paint;
  /** Epoch ms; with it times are said as `3 min ago`. */
  readonly now?: number;
  /** Columns of the terminal; without it nothing is cut. */
  readonly width?: number;
}

const REASONS_SHOWN = 5;

/** A run as a page of text: what it is, why it is, what it would change, and what to do next. Ends with a newline. */
export function renderRunText(run: Run, options: TextOptions = {}): string {
  const paint = options.paint ?? plainPaint;
  const sections = [
    `${paint.strong(clean(run.stack))}  ${kindText(run, paint)}${paintStatus(run.status, paint)}`,
    renderFacts(run, options),
    run.error === null ? '' : renderDiagnostics(run.error, paint),
    renderPlan(run, paint),
    renderOrphans(run, paint),
    renderNext(run, paint),
  ];
  return `${sections.filter((section) => section !== '').join('\n\n')}\n`;
}

/** A destroy says so in its first words. */
function kindText({ kind }: Run, paint: Paint): string {
  if (kind === 'destroy') return paint.bad('destroy: ');
  return kind === 'refresh' ? 'refresh: ' : '';
}

/** What a run is and why, as aligned `key  value` lines. */
export function renderFacts(run: RunListItem, options: TextOptions = {}): string {
  const paint = options.paint ?? plainPaint;
  const facts: [string, string | null][] = [
    ['run', `${clean(run.id)}${run.attempt > usualAttempts(run) ? `, attempt ${run.attempt}` : ''}`],
    [
      'kind',
      `${run.kind}${run.speculative ? ', speculative' : ''}, by ${run.trigger === 'manual' ? 'hand' : run.trigger.replace(/_/g, ' ')}`,
    ],
    ['repository', clean(run.repository)],
    ['commit', commitText(run)],
    ['created', ago(run.created_at, options.now)],
    ['took', run.duration_ms === null ? null : formatDuration(run.duration_ms)],
    ['worker', run.worker === null ? null : clean(run.worker)],
    ['approved by', approvalText(run, options.now)],
    ['canceled by', cancelText(run, options.now)],
    ['plan', run.plan_digest === null ? null : clean(run.plan_digest)],
    [
      'new state',
      run.new_state && run.status !== 'applied' && (run.summary?.add ?? 0) > 0
        ? 'yes: this stack has no state yet, so everything in it will be created'
        : null,
    ],
    ['provisional', run.provisional ? 'yes: outputs that it stands on may still change' : null],
    ['ended', run.end === null ? null : run.end.replace(/_/g, ' ')],
    ['why', run.reason === null ? null : clean(run.reason)],
  ];
  for (const text of reasonTexts(run.reasons)) facts.push(['because', text]);
  if (run.expires_at !== null) facts.push(['valid until', clean(run.expires_at)]);
  for (const { kind, name, since } of run.waiting_for) {
    const what = name === null ? clean(kind) : `${clean(kind)} ${clean(name)}`;
    facts.push(['waits for', since === null ? what : `${what}, since ${ago(since, options.now)}`]);
  }
  return facts
    .filter((fact): fact is [string, string] => fact[1] !== null)
    .map(([key, text]) => `  ${paint.faint(key.padEnd(12))}${text}`)
    .join('\n');
}

/** Why a push made the run, one line a reason, the first few. */
function reasonTexts(reasons: readonly ChangeReason[]): string[] {
  const texts = reasons.slice(0, REASONS_SHOWN).map(reasonText);
  const rest = reasons.length - texts.length;
  return rest > 0 ? [...texts, `… and ${rest} more`] : texts;
}

/** `modules/vpc/main.tf (module) through modules/vpc`. */
export function reasonText(reason: ChangeReason): string {
  const through = reason.via.length === 0 ? '' : ` through ${reason.via.map((via) => clean(via)).join(', ')}`;
  return `${clean(reason.path)} (${clean(reason.kind).replace('_', ' ')})${through}`;
}

/** One claim plans, another one applies. */
function usualAttempts(run: RunListItem): number {
  return run.approved_by === null ? 1 : 2;
}

function approvalText({ approved_by: by, approved_at: at }: RunListItem, now: number | undefined): string | null {
  if (by === null) return null;
  return at === null ? clean(by) : `${clean(by)}, ${ago(at, now)}`;
}

function cancelText({ cancel_requested: wish }: RunListItem, now: number | undefined): string | null {
  return wish === null ? null : `${clean(wish.by)} ${ago(wish.at, now)}: on its way`;
}

function commitText(run: RunListItem): string {
  const author = run.author === null ? '' : `  (${clean(run.author, 80)})`;
  const message = run.message === null ? '' : `  ${clean(run.message.split('\n')[0] ?? '', 100)}`;
  return `${clean(run.commit).slice(0, 12)}${message}${author}`;
}

function renderPlan(run: Run, paint: Paint): string {
  if (run.summary === null) return '';
  const changes = run.changes.filter((change) => change.actions[0] !== 'no-op' || change.actions.length > 1);
  const lines = changes.map((change) => renderChange(change, paint));
  if (run.left_out > 0) lines.push(paint.faint(`      … and ${run.left_out} more that are counted and not listed`));
  if (run.outputs.length > 0) {
    lines.push(paint.strong('Outputs'), ...run.outputs.map((output) => renderAttribute(output, paint)));
  }
  if (run.drift.length > 0) {
    lines.push(paint.strong('Changed outside of Holdfast'), ...run.drift.map((change) => renderChange(change, paint)));
  }
  const total = `${paint.strong('Plan:')} ${summaryText(run.summary)}`;
  return lines.length === 0 ? total : `${lines.join('\n')}\n\n${total}`;
}

function renderOrphans(run: Run, paint: Paint): string {
  if (run.orphans.length === 0) return '';
  const lines = run.orphans.map((orphan) => {
    const id = orphan.id === null ? '' : ` (${clean(orphan.id_key ?? 'id')} ${clean(orphan.id)})`;
    return `    ${clean(orphan.address)}${id}`;
  });
  const imports = run.orphans.flatMap((orphan) => (orphan.import === null ? [] : [cleanBlock(orphan.import).trim()]));
  const ready =
    imports.length === 0
      ? []
      : ['', paint.strong('Ready to go into a .tf file of the stack:'), ...imports.map(indented)];
  return [paint.bad('Made, but in no state:'), ...lines, ...ready].join('\n');
}

function indented(block: string): string {
  return block.replace(/^/gm, '    ');
}

function renderNext(run: Run, paint: Paint): string {
  if (run.next_step !== null) return `${paint.strong('Next:')} ${clean(run.next_step)}`;
  const id = clean(run.id);
  if (run.status === 'awaiting_approval') {
    return `${paint.strong('Next:')} holdfast approve ${id}\n${paint.faint('Not wanted?')} holdfast discard ${id}`;
  }
  if (run.status === 'failed') return `${paint.faint('Its log:')} holdfast logs ${id}`;
  return run.waiting_for.length > 0 ? paint.faint(`${statusText(run.status)}: nothing to do but wait`) : '';
}
