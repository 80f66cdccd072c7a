import { innerDir } from './repo-path.ts';
import { isDetour, type RepositoryTree } from './repository-tree.ts';

/**
 * Whether a commit has no such directory (outer form); the root is always there. Where it, or one above it, is a link or a
 * submodule now, it may lie behind that: nobody knows, and nothing is taken for deleted.
 */
export function isDirectoryGone(tree: Pick<RepositoryTree, 'isDirectory' | 'byPath'>, outer: string): boolean {
  const dir = innerDir(outer) ?? '';
  if (dir === '' || tree.isDirectory(dir)) return false;
  const parts = dir.split('/');
  return !parts.some((_, i) => isDetour(tree.byPath.get(parts.slice(0, i + 1).join('/')) ?? null));
}
