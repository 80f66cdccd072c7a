import type { TreeChange } from '../../platform/git/git-objects.ts';
import { configEnding, isAutoVars } from './file-roles.ts';
import { pathHash } from './probes.ts';
import { dirOf, nameOf } from './repo-path.ts';
import type { RepositoryTree } from './repository-tree.ts';
import type { StackGraph } from './stack-graph.ts';

/** Stacks of a graph that the changes make it necessary to read again: those touched, and those that looked for what came or went. */
export function staleStacks(before: StackGraph, tree: RepositoryTree, changes: readonly TreeChange[]): Set<string> {
  const stale = new Set<string>();
  const moved = new Set<number>();
  for (const { path, before: old, after } of changes) {
    addTouched(stale, before, path);
    if (!old || !after) moved.add(pathHash(path));
    for (const dir of old ? [] : ancestorsMissingIn(before.tree, path)) moved.add(pathHash(dir));
    for (const dir of after ? [] : ancestorsMissingIn(tree, path)) moved.add(pathHash(dir));
  }
  if (moved.size > 0) addProbing(stale, before, moved);
  return stale;
}

function addTouched(stale: Set<string>, { parts }: StackGraph, path: string): void {
  const name = nameOf(path);
  // Of a directory's other files an engine reads nothing.
  const isRead = configEnding(name) !== null || isAutoVars(name);
  for (const { stack, touch } of parts.touches.find(path)) if (isRead || touch.match !== 'config') stale.add(stack);
}

/** Directories above a path that a tree does not have, the nearest first. */
function ancestorsMissingIn(tree: RepositoryTree, path: string): string[] {
  const dirs: string[] = [];
  for (let dir = dirOf(path); dir !== '' && !tree.isDirectory(dir); dir = dirOf(dir)) dirs.push(dir);
  return dirs;
}

function addProbing(stale: Set<string>, before: StackGraph, moved: ReadonlySet<number>): void {
  for (const [name, { probes }] of before.stacks) {
    for (let i = 0; i < probes.length; i++) {
      if (!moved.has(probes[i] ?? 0)) continue;
      stale.add(name);
      break;
    }
  }
}
