import type { AttributeChange, PlannedChange } from '../../kernel/plan-outcome.ts';
import { codePoints } from './clean-text.ts';
import type { PlanExcerpt } from './notification.ts';
import { isDangerous, mainAction, moduleOf, signOf, verbOf } from './plan-danger.ts';

/**
 * How much of a plan is shown. 0: every attribute of every resource; 1: attributes of what is destroyed or replaced,
 * names of attributes for the rest; 2: one line a resource, grouped by module and type; 3: counts per type; 4: nothing
 * (the headline has the counts).
 */
type PlanLevel = 0 | 1 | 2 | 3 | 4;

/** What a place takes. Lines count with their line end, as `encode` sends them (default: as they are). */
export interface PlanBudget {
  readonly codePoints: number;
  readonly bytes: number;
  readonly encode?: (line: string) => string;
}

export interface PlanLines {
  readonly level: PlanLevel;
  readonly lines: readonly string[];
  /** `showing 40 of 212 changes`, or null where nothing is left out. */
  readonly note: string | null;
}

/** The richest level of a plan that fits the budget, most dangerous first, whole lines only. Pure. */
export function planLines(plan: PlanExcerpt, budget: PlanBudget): PlanLines {
  if (plan.changes.length === plan.total) {
    for (const [level, lines] of [
      [0, plan.changes.flatMap(fullLines)],
      [1, plan.changes.flatMap((change) => (isDangerous(change) ? fullLines(change) : [namesLine(change)]))],
    ] as const) {
      if (sizeOf(lines, budget) === lines.length) return { level, lines, note: null };
    }
  }
  return oneLineEach(plan, budget) ?? countLines(plan, budget) ?? { level: 4, lines: [], note: null };
}

/** Level 2, cut where it must be, but never so that a destroy is left out for want of room. */
function oneLineEach(plan: PlanExcerpt, budget: PlanBudget): PlanLines | null {
  const groups = groupLines(plan.changes);
  const kept = groups.slice(
    0,
    sizeOf(
      groups.map(({ text }) => text),
      budget,
    ),
  );
  const shown = kept.filter(({ change }) => change !== null);
  const isDangerCut = groups.slice(kept.length).some(({ change }) => change !== null && isDangerous(change));
  const last = plan.changes.at(-1);
  const isDangerUnseen = plan.changes.length < plan.total && last !== undefined && isDangerous(last);
  if (shown.length === 0 || isDangerCut || isDangerUnseen) return null;
  while (kept.at(-1)?.change === null) kept.pop();
  const note = shown.length === plan.total ? null : `showing ${shown.length} of ${plan.total} changes`;
  return { level: 2, lines: kept.map(({ text }) => text), note };
}

/** Level 3. */
function countLines(plan: PlanExcerpt, budget: PlanBudget): PlanLines | null {
  const all = plan.types.map(({ type, action, count }) => `${signOf(action)} ${count} × ${type} to ${verbOf(action)}`);
  const lines = all.slice(0, sizeOf(all, budget));
  const shown = plan.types.slice(0, lines.length).reduce((sum, { count }) => sum + count, 0);
  if (lines.length === 0) return null;
  return { level: 3, lines, note: shown < plan.total ? `showing ${shown} of ${plan.total} changes, by type` : null };
}

interface GroupLine {
  readonly text: string;
  /** null: the heading of a module. */
  readonly change: PlannedChange | null;
}

/** Dangerous ones stay in front; within one action by module and type. */
function groupLines(changes: readonly PlannedChange[]): GroupLine[] {
  const key = (change: PlannedChange) => `${moduleOf(change.address)} ${change.type} ${change.address}`;
  const byAction = Map.groupBy(changes, mainAction);
  return [...byAction.values()].flatMap((group) => {
    const modules = Map.groupBy(
      group.toSorted((a, b) => (key(a) < key(b) ? -1 : 1)),
      (change) => moduleOf(change.address),
    );
    return [...modules].flatMap(([module, members]) => moduleLines(module, members));
  });
}

function moduleLines(module: string, members: readonly PlannedChange[]): GroupLine[] {
  if (module === '' || members.length < 2) return members.map((change) => ({ text: titleOf(change), change }));
  return [
    { text: `${module}:`, change: null },
    ...members.map((change) => ({
      text: `  ${titleOf({ ...change, address: change.address.slice(module.length + 1) })}`,
      change,
    })),
  ];
}

function titleOf(change: PlannedChange): string {
  const from = change.previous_address ? ` (was ${change.previous_address})` : '';
  const also = change.actions.includes('import') && mainAction(change) !== 'import' ? ' (imported)' : '';
  return `${signOf(mainAction(change))} ${change.address}${from}${also}`;
}

function namesLine(change: PlannedChange): string {
  const names = change.attributes.map(({ path }) => path).join(', ');
  return names === '' ? titleOf(change) : `${titleOf(change)}: ${names}`;
}

function fullLines(change: PlannedChange): string[] {
  const construct = change.construct ? [`    construct ${change.construct}`] : [];
  return [titleOf(change), ...construct, ...change.attributes.map(attributeLine)];
}

function attributeLine({ path, before, after }: AttributeChange): string {
  if (before === null && after === null) return `    ${path}`;
  if (before === null) return `    ${path} = ${after}`;
  return `    ${path}: ${before} -> ${after ?? 'null'}`;
}

/** How many of the lines fit. */
function sizeOf(lines: readonly string[], budget: PlanBudget): number {
  const encode = budget.encode ?? ((line) => line);
  let points = 0;
  let bytes = 0;
  for (const [index, plain] of lines.entries()) {
    const line = encode(plain);
    points += codePoints(line) + 1;
    bytes += Buffer.byteLength(line) + 1;
    if (points > budget.codePoints || bytes > budget.bytes) return index;
  }
  return lines.length;
}
