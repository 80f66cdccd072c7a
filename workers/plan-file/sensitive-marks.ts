import { CtySet, type CtyValue, UNKNOWN } from './cty-value.ts';
import { unreadable } from './unreadable.ts';
import type { MemberShape, Members } from './value-shape.ts';

/** Steps from a value to a part of it: names of members, positions of elements. */
export type ValuePath = readonly (string | number)[];

/** Which parts of a value are sensitive. */
interface MarkNode {
  isMarked: boolean;
  readonly below: Map<string | number, MarkNode>;
}

/**
 * The mask that `show -json` has beside a value, from the paths that the plan marks and the members that the schema marks: `true`
 * for a part that is sensitive as a whole. Throws where a path leads where there can be nothing.
 */
export function sensitiveMask(value: CtyValue, paths: readonly ValuePath[], members: Members): unknown {
  const root: MarkNode = { isMarked: false, below: new Map() };
  for (const path of paths) {
    requireTarget(value, path);
    let node = root;
    for (const step of path) node = childOf(node, step);
    node.isMarked = true;
  }
  markMembers(root, value, members);
  return maskOf(value, root);
}

/** A path that leads past everything would hide nothing: whatever it was meant for, it is no mark that we understand. */
function requireTarget(value: CtyValue, path: ValuePath): void {
  let at: CtyValue | undefined = value;
  for (const step of path) {
    // There is nothing to be hidden in what is null or unknown; what is in a set hides all of it.
    if (at === null || at === UNKNOWN || at instanceof CtySet) return;
    if (at instanceof Map) at = typeof step === 'string' ? at.get(step) : undefined;
    else at = Array.isArray(at) && typeof step === 'number' ? at[step] : undefined;
    if (at === undefined) throw unreadable('a sensitive path that leads nowhere');
  }
}

function childOf(node: MarkNode, step: string | number): MarkNode {
  const found = node.below.get(step);
  if (found) return found;
  const made: MarkNode = { isMarked: false, below: new Map() };
  node.below.set(step, made);
  return made;
}

function markMembers(node: MarkNode, value: CtyValue, members: Members): void {
  if (!(value instanceof Map)) return;
  for (const [name, shape] of Object.entries(members)) {
    if (shape.sensitive) childOf(node, name).isMarked = true;
    else if (shape.members) markNested(() => childOf(node, name), value.get(name) ?? null, shape);
  }
}

function markNested(node: () => MarkNode, value: CtyValue, { nesting, members = {} }: MemberShape): void {
  if (value === null || typeof value !== 'object' || !holdsSensitive(members)) return;
  if (nesting === 'single' || nesting === 'group') {
    markMembers(node(), value, members);
    return;
  }
  for (const [key, item] of elementsOf(value)) markMembers(childOf(node(), key), item, members);
}

function elementsOf(value: Exclude<CtyValue, string>): Iterable<[string | number, CtyValue]> {
  if (value instanceof CtySet) return value.items.entries();
  if (value instanceof Map) return value.entries();
  return Array.isArray(value) ? value.entries() : [];
}

function holdsSensitive(members: Members): boolean {
  return Object.values(members).some((shape) => shape.sensitive || (shape.members && holdsSensitive(shape.members)));
}

function maskOf(value: CtyValue, node: MarkNode | undefined): unknown {
  if (node?.isMarked) return true;
  if (value === null || typeof value !== 'object') return false;
  if (value instanceof CtySet) {
    // A set has no positions: what is sensitive in one element is so in all of them.
    return node && hasMark(node) ? true : value.items.map(() => false);
  }
  if (value instanceof Map) {
    const entries = [...value].map(([name, item]) => [name, maskOf(item, node?.below.get(name))] as const);
    return Object.fromEntries(entries.filter(([, mask]) => mask !== false));
  }
  return (value as readonly CtyValue[]).map((item, i) => maskOf(item, node?.below.get(i)));
}

function hasMark(node: MarkNode): boolean {
  return node.isMarked || [...node.below.values()].some(hasMark);
}
