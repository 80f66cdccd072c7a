import type { AttributeChange, PlannedChange, PlanProjection } from '../../kernel/plan-outcome.ts';
import { cleanLine, cut } from './clean-text.ts';
import type { PlanExcerpt, TypeCount } from './notification.ts';
import { isShown, mainAction, rank } from './plan-danger.ts';

/** Bytes of JSON that a notification's row may spend on the plan. */
const MAX_BYTES = 48 * 1024;
const MAX_ATTRIBUTES = 12;
const MAX_VALUE = 120;
const MAX_ADDRESS = 300;
const MAX_TYPES = 50;

/**
 * What messages may show of a plan: the most dangerous changes first, 12 attributes each, values of 120 characters,
 * cleaned, within 48 KiB. Pure.
 */
export function excerptOf(plan: PlanProjection): PlanExcerpt {
  const shown = plan.changes.filter(isShown);
  const sorted = shown
    .map((change, index) => ({ change, index, at: rank(mainAction(change)) }))
    .sort((a, b) => a.at - b.at || a.index - b.index);
  const changes: PlannedChange[] = [];
  let bytes = 0;
  for (const { change } of sorted) {
    const short = shorten(change);
    bytes += Buffer.byteLength(JSON.stringify(short)) + 1;
    if (bytes > MAX_BYTES) break;
    changes.push(short);
  }
  return { changes, types: countTypes(shown), total: shown.length + plan.left_out };
}

function shorten(change: PlannedChange): PlannedChange {
  return {
    address: cut(cleanLine(change.address), MAX_ADDRESS),
    type: cut(cleanLine(change.type), 100),
    actions: change.actions,
    attributes: [
      ...change.attributes.slice(0, MAX_ATTRIBUTES).map(shortenAttribute),
      ...leftOut(change.attributes.length - MAX_ATTRIBUTES),
    ],
    ...(change.construct ? { construct: cut(cleanLine(change.construct), MAX_ADDRESS) } : {}),
    ...(change.previous_address ? { previous_address: cut(cleanLine(change.previous_address), MAX_ADDRESS) } : {}),
  };
}

function shortenAttribute({ path, before, after }: AttributeChange): AttributeChange {
  return { path: cut(cleanLine(path), 100), before: shortenValue(before), after: shortenValue(after) };
}

function shortenValue(value: string | null): string | null {
  // Cut first: cleaning a value of megabytes to show 120 characters would be work for nothing.
  return value === null ? null : cut(cleanLine(value.slice(0, 4 * MAX_VALUE)), MAX_VALUE);
}

/** Stands where attributes were cut off: a path that no attribute has. */
function leftOut(count: number): AttributeChange[] {
  return count > 0 ? [{ path: `… ${count} more`, before: null, after: null }] : [];
}

function countTypes(changes: readonly PlannedChange[]): TypeCount[] {
  const counts = new Map<string, TypeCount>();
  for (const change of changes) {
    const type = cut(cleanLine(change.type), 100);
    const action = mainAction(change);
    const key = `${action} ${type}`;
    counts.set(key, { type, action, count: (counts.get(key)?.count ?? 0) + 1 });
  }
  return [...counts.values()]
    .sort((a, b) => rank(a.action) - rank(b.action) || b.count - a.count || (a.type < b.type ? -1 : 1))
    .slice(0, MAX_TYPES);
}
