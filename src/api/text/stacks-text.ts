import type { AppSynthesis, CdktfApp, Stack, StackList } from '../contract.ts';
import { ago } from './ago.ts';
import { clean } from './clean.ts';
import { type Paint, plainPaint } from './paint.ts';
import { reasonText, type TextOptions } from './run-text.ts';
import { renderTable } from './table.ts';

const COLOURS: Readonly<Record<Stack['status'], keyof Paint>> = {
  idle: 'good',
  queued: 'faint',
  running: 'note',
  waiting: 'caution',
  failed: 'bad',
  unreadable: 'bad',
};

/** Stacks as a table, by name, and below it everything that stands in a stack's way. */
export function renderStacksText({ stacks, apps, next }: StackList, options: TextOptions = {}): string {
  const paint = options.paint ?? plainPaint;
  const open = apps.filter(({ status }) => status !== 'done').map((app) => `${appText(app, options.now)}\n`);
  if (stacks.length === 0) return ['No stacks yet.\n', ...open.map((line) => `${paint.caution('!')} ${line}`)].join('');
  const head = ['STACK', 'STATUS', 'DRIFT', 'HEAD', 'APPLIED', 'OPEN RUN', 'REPOSITORY', 'DIRECTORY'];
  const rows = stacks.map((stack) => [
    { text: clean(stack.name), paint: paint.strong },
    { text: stack.status, paint: paint[COLOURS[stack.status]] },
    driftWord(stack),
    shortCommit(stack.head_commit),
    shortCommit(stack.applied_commit),
    clean(stack.open_run ?? '-'),
    clean(stack.repository),
    clean(stack.dir),
  ]);
  const table = renderTable([head.map((text) => ({ text, paint: paint.faint })), ...rows], options.width);
  const troubles = [...open, ...troubleLines(stacks)];
  const more = next === null ? '' : paint.faint('There are more.\n');
  return troubles.length === 0
    ? table + more
    : `${table}${more}\n${troubles.map((t) => paint.caution('! ') + t).join('')}`;
}

/** `CDKTF app infra could not be synthesised (5 min ago, at abcd1234): …`, and the way out. */
function appText(app: AppSynthesis & Partial<Pick<CdktfApp, 'commit'>>, now: number | undefined): string {
  const { name, status, error, since, commit = null } = app;
  const named = `CDKTF app ${clean(name)}`;
  if (status !== 'failed') {
    return `${named} ${status === 'running' ? 'is being synthesised' : 'waits to be synthesised'}; until then its stacks are what they were`;
  }
  const at = [since === null ? null : ago(since, now), commit === null ? null : `at ${shortCommit(commit)}`];
  const when = at.filter((part) => part !== null).join(', ');
  const wayOut = `push a correction, or try the same again: holdfast retry ${clean(name)}`;
  return `${named} could not be synthesised (${when}), so its stacks stay as they were: ${clean(error ?? '')} (${wayOut})`;
}

const NAMED = 3;

/** Every trouble once, with the stacks that have it: a repository that is away troubles all of its stacks alike. */
function troubleLines(stacks: readonly Stack[]): string[] {
  const all = stacks.flatMap((stack) => troublesOf(stack).map((text) => ({ text, name: clean(stack.name) })));
  return [...Map.groupBy(all, ({ text }) => text)].map(([text, having]) => {
    const names = having.slice(0, NAMED).map(({ name }) => name);
    const more = having.length > NAMED ? ` and ${having.length - NAMED} more` : '';
    return `${names.join(', ')}${more}: ${text}\n`;
  });
}

/** One stack as a page of text. */
export function renderStackText(stack: Stack, options: TextOptions = {}): string {
  const paint = options.paint ?? plainPaint;
  const facts: [string, string | null][] = [
    ['repository', clean(stack.repository)],
    ['directory', clean(stack.dir)],
    ['engine', `${stack.engine}, workspace ${clean(stack.workspace)}`],
    ['head', stack.head_commit],
    ['applied', stack.applied_commit ?? 'never'],
    ['drift', driftText(stack, options.now)],
    ['depends on', stack.depends_on.length === 0 ? null : stack.depends_on.map((name) => clean(name)).join(', ')],
    ['open run', stack.open_run === null ? null : clean(stack.open_run)],
  ];
  const lines = facts
    .filter((fact): fact is [string, string] => fact[1] !== null)
    .map(([key, text]) => `  ${paint.faint(key.padEnd(12))}${text}`);
  const status = paint[COLOURS[stack.status]](stack.status);
  const app = stack.app !== null && stack.app.status !== 'done' ? [appText(stack.app, options.now)] : [];
  const troubles = [...app, ...troublesOf(stack)].map((text) => `${paint.caution('!')} ${text}`);
  const sections = [`${paint.strong(clean(stack.name))}  ${status}`, lines.join('\n'), troubles.join('\n')];
  if (stack.explain !== undefined) sections.push(renderExplanation(stack.explain, paint));
  return `${sections.filter((section) => section !== '').join('\n\n')}\n`;
}

function renderExplanation(explain: NonNullable<Stack['explain']>, paint: Paint): string {
  const touched = explain.touched_by.map((reason) => `    ${reasonText(reason)}`);
  return [
    `  ${paint.faint('why'.padEnd(12))}${clean(explain.why)}`,
    `  ${paint.faint('inputs'.padEnd(12))}${clean(explain.inputs_digest)}`,
    `  ${paint.faint('touched by')}`,
    ...touched,
  ].join('\n');
}

function troublesOf(stack: Stack): string[] {
  const troubles: string[] = [];
  if (stack.blocked !== null) {
    const by = stack.blocked.run === null ? '' : ` by run ${clean(stack.blocked.run)}`;
    const decided = `decided? holdfast unblock ${clean(stack.name)} --reason …`;
    troubles.push(`blocked${by}: ${clean(stack.blocked.reason)} (${decided})`);
  }
  if (stack.deleted_at !== null && stack.held === null && stack.open_run === null) {
    troubles.push(
      `its directory is gone from the head, and what it made is not destroyed (holdfast plan ${clean(stack.name)} --destroy)`,
    );
  }
  if (stack.held !== null) troubles.push(`held: ${clean(stack.held)}`);
  if (stack.reason !== null) troubles.push(clean(stack.reason));
  return troubles;
}

function driftWord(stack: Stack): string {
  const word = stack.drift.status.replace(/_/g, ' ');
  return stack.drift.findings > 0 ? `${word} (${stack.drift.findings})` : word;
}

function driftText(stack: Stack, now: number | undefined): string {
  const { checked_at: checkedAt } = stack.drift;
  return checkedAt === null ? driftWord(stack) : `${driftWord(stack)}, checked ${ago(checkedAt, now)}`;
}

function shortCommit(commit: string | null): string {
  return commit === null ? '-' : clean(commit).slice(0, 8);
}
