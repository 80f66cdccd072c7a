import { posix } from 'node:path';
import type { ChangedFile } from '../../platform/git/git-objects.ts';
import { innerDir, outerDir, type StackGraph } from '../stacks/index.ts';

/**
 * Directories that git sees moved between two commits: where at least half of a directory's configuration files were renamed
 * into one and the same other directory. Outer form, old to new. Pure.
 */
export function renamedDirs(files: readonly ChangedFile[], before: StackGraph | null): Map<string, string> {
  const moved = new Map<string, Map<string, number>>();
  for (const { status, path, previousPath } of files) {
    if (status !== 'renamed' || previousPath === null) continue;
    const from = dirOf(previousPath);
    if (from === dirOf(path) || !isConfig(before, previousPath)) continue;
    const into = moved.get(from) ?? new Map<string, number>();
    into.set(dirOf(path), (into.get(dirOf(path)) ?? 0) + 1);
    moved.set(from, into);
  }
  const out = new Map<string, string>();
  for (const [from, into] of moved) {
    const total = before?.tree.configDirs.get(innerDir(from) ?? from)?.length ?? 0;
    const [best] = [...into].sort(([, a], [, b]) => b - a);
    if (best && best[1] * 2 >= total) out.set(from, best[0]);
  }
  return out;
}

function isConfig(before: StackGraph | null, path: string): boolean {
  const dir = innerDir(dirOf(path)) ?? '';
  return before?.tree.configDirs.get(dir)?.includes(posix.basename(path)) === true;
}

function dirOf(path: string): string {
  const dir = posix.dirname(path);
  return outerDir(dir === '.' ? '' : dir);
}
