import type { ChangeReason } from '../../kernel/stack-entry.ts';
import { isDirectoryGone, REPOSITORY_FILE, type StackGraph, type StackNode } from '../stacks/index.ts';
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
  /** What differs; of a rename both ends. */
  readonly files: readonly { readonly path: string; readonly previousPath?: string | null }[];
  /** Stacks of which the graphs differ, where that is known: no others need to be compared. */
  readonly moved?: ReadonlySet<string> | null;
}

/** Which stacks the changed files touch, at base or at head, and why. By name. */
export function detectChanges({ base, head, files, moved = null }: ChangeInput): ChangedStack[] {
  const found = new Map<string, ReasonList>();
  const reasonsOf = (stack: string): ReasonList => {
    const known = found.get(stack) ?? new ReasonList();
    found.set(stack, known);
    return known;
  };
  const names = base ? renamedStacks(base, head, moved) : NONE_RENAMED;
  const nameAtHead = (stack: string) => (head.stacks.has(stack) ? stack : (names.toHead.get(stack) ?? null));

  for (const name of moved ?? head.stacks.keys()) {
    const node = head.stacks.get(name);
    const before = base?.stacks.get(name) ?? base?.stacks.get(names.toBase.get(name) ?? '');
    // A node that was not read again is the same object: nothing of it can differ.
    if (!node || before === node) continue;
    if (!before) reasonsOf(name).add({ kind: 'added', path: node.entry.dir, via: [] });
    else {
      const settings = changedSettings(before.entry, node.entry);
      if (settings.length > 0) reasonsOf(name).add({ kind: 'config', path: REPOSITORY_FILE, via: settings });
    }
  }
  for (const name of moved ?? base?.stacks.keys() ?? []) {
    const node = base?.stacks.get(name);
    if (!node || nameAtHead(name) !== null || !isGone(node, head)) continue;
    reasonsOf(name).add({ kind: 'deleted', path: node.entry.dir, via: [] });
  }
  for (const path of pathsOf(files)) {
    for (const { stack, touch } of head.find(path)) {
      reasonsOf(stack).add({ kind: touch.kind, path, via: touch.via }, touch.match === 'all');
    }
    for (const { stack, touch } of base?.find(path) ?? []) {
      const name = nameAtHead(stack) ?? (found.has(stack) ? stack : null);
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

interface RenamedStacks {
  readonly toHead: ReadonlyMap<string, string>;
  readonly toBase: ReadonlyMap<string, string>;
}

const NONE_RENAMED: RenamedStacks = { toHead: new Map(), toBase: new Map() };

/** Stacks of the base that are there under another name: those of the same directory and workspace, both ways round. */
function renamedStacks(base: StackGraph, head: StackGraph, moved: ReadonlySet<string> | null): RenamedStacks {
  const missing = [...(moved ?? base.stacks.keys())].flatMap((name) => {
    const node = base.stacks.get(name);
    return node && !head.stacks.has(name) ? [{ name, node }] : [];
  });
  if (missing.length === 0) return NONE_RENAMED;
  const toHead = new Map<string, string>();
  const toBase = new Map<string, string>();
  const places = new Map([...head.stacks].map(([name, node]) => [placeOf(node), name]));
  for (const { name, node } of missing) {
    const other = places.get(placeOf(node));
    if (other === undefined) continue;
    toHead.set(name, other);
    if (!base.stacks.has(other)) toBase.set(other, name);
  }
  return { toHead, toBase };
}

function placeOf(node: StackNode): string {
  return `${node.entry.dir}\0${node.entry.workspace}`;
}

/** Whether nothing is left of the stack's directory: only then it counts as deleted. */
function isGone(node: StackNode, head: StackGraph): boolean {
  return isDirectoryGone(head.tree, node.entry.dir);
}

function pathsOf(files: ChangeInput['files']): Set<string> {
  const out = new Set<string>();
  for (const file of files) {
    out.add(file.path);
    if (file.previousPath) out.add(file.previousPath);
  }
  return out;
}
