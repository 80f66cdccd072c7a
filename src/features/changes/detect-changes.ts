import type { ChangeReason } from '../../kernel/stack-entry.ts';
import type { ChangedFile } from '../../platform/git/git-objects.ts';
import { innerDir, REPOSITORY_FILE, type StackGraph, type StackNode } from '../stacks/index.ts';
import { changedSettings } from './changed-settings.ts';
import { ReasonList } from './reason-list.ts';

/** One stack that a range of commits touches. */
export interface ChangedStack {
  readonly name: string;
  readonly dir: string;
  /** The stack at the head; null where its directory is gone. */
  readonly node: StackNode | null;
  /** Every reason, each once. */
  readonly reasons: readonly ChangeReason[];
}

export interface ChangeInput {
  /** null: everything at the head is new. */
  readonly base: StackGraph | null;
  readonly head: StackGraph;
  readonly files: readonly ChangedFile[];
}

/** Which stacks the changed files touch, at base or at head, and why. By name. */
export function detectChanges({ base, head, files }: ChangeInput): ChangedStack[] {
  const found = new Map<string, ReasonList>();
  const reasonsOf = (stack: string): ReasonList => {
    const known = found.get(stack) ?? new ReasonList();
    found.set(stack, known);
    return known;
  };
  const nameAtHead = base ? matchStacks(base, head) : new Map<string, string>();

  for (const [name, node] of head.stacks) {
    const before = base?.stacks.get(name) ?? renamedFrom(base, nameAtHead, name);
    if (!before) reasonsOf(name).add({ kind: 'added', path: node.entry.dir, via: [] });
    else {
      const settings = changedSettings(before.entry, node.entry);
      if (settings.length > 0) reasonsOf(name).add({ kind: 'config', path: REPOSITORY_FILE, via: settings });
    }
  }
  for (const [name, node] of base?.stacks ?? []) {
    if (nameAtHead.has(name) || !isGone(node, head)) continue;
    reasonsOf(name).add({ kind: 'deleted', path: node.entry.dir, via: [] });
  }
  for (const path of pathsOf(files)) {
    for (const { stack, touch } of head.find(path)) {
      reasonsOf(stack).add({ kind: touch.kind, path, via: touch.via }, touch.match === 'all');
    }
    for (const { stack, touch } of base?.find(path) ?? []) {
      const name = nameAtHead.get(stack) ?? (found.has(stack) ? stack : null);
      if (name !== null) reasonsOf(name).add({ kind: touch.kind, path, via: touch.via }, touch.match === 'all');
    }
  }
  return [...found]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, reasons]) => {
      const node = head.stacks.get(name) ?? null;
      const dir = (node ?? base?.stacks.get(name))?.entry.dir ?? '.';
      return { name, dir, node, reasons: reasons.toArray() };
    });
}

/** For each stack of the base the name it has at the head: its own, else that of the same directory and workspace. */
function matchStacks(base: StackGraph, head: StackGraph): Map<string, string> {
  const out = new Map<string, string>();
  const missing: [string, StackNode][] = [];
  for (const [name, node] of base.stacks) {
    if (head.stacks.has(name)) out.set(name, name);
    else missing.push([name, node]);
  }
  if (missing.length === 0) return out;
  const places = new Map([...head.stacks].map(([name, node]) => [placeOf(node), name]));
  for (const [name, node] of missing) {
    const other = places.get(placeOf(node));
    if (other !== undefined) out.set(name, other);
  }
  return out;
}

function placeOf(node: StackNode): string {
  return `${node.entry.dir}\0${node.entry.workspace}`;
}

function renamedFrom(base: StackGraph | null, nameAtHead: ReadonlyMap<string, string>, name: string): StackNode | null {
  for (const [before, after] of nameAtHead)
    if (after === name && before !== name) return base?.stacks.get(before) ?? null;
  return null;
}

/** Whether nothing is left of the stack's directory: only then it counts as deleted. */
function isGone(node: StackNode, head: StackGraph): boolean {
  const dir = innerDir(node.entry.dir);
  return dir !== null && dir !== '' && !head.tree.isDirectory(dir) && !head.tree.byPath.has(dir);
}

function pathsOf(files: readonly ChangedFile[]): Set<string> {
  const out = new Set<string>();
  for (const file of files) {
    out.add(file.path);
    if (file.previousPath !== null) out.add(file.previousPath);
  }
  return out;
}
