import type { RepositoryTree } from './repository-tree.ts';

/**
 * Paths that were looked for, as hashes: should a file or directory appear there, or go, whoever looked is read again. Four
 * bytes each, since every stack looks for dozens (any string with a dot may be a file); two paths with one hash only
 * cost a needless reading.
 */
export class Probes {
  readonly #hashes = new Set<number>();

  add(path: string): void {
    this.#hashes.add(pathHash(path));
  }

  /** The tree, with every question noted. */
  watch(tree: RepositoryTree): RepositoryTree {
    const watched: RepositoryTree = Object.create(tree, {
      byPath: {
        value: {
          get: (path: string) => {
            this.add(path);
            return tree.byPath.get(path);
          },
          has: (path: string) => {
            this.add(path);
            return tree.byPath.has(path);
          },
        },
      },
      resolve: {
        value: (path: string, facts: Parameters<RepositoryTree['resolve']>[1]) => {
          const found = tree.resolve(path, facts);
          this.add(found.path);
          return found;
        },
      },
    });
    return watched;
  }

  toHashes(): Uint32Array {
    return Uint32Array.from(this.#hashes);
  }
}

/** FNV-1a over code units. */
export function pathHash(path: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < path.length; i++) hash = Math.imul(hash ^ path.charCodeAt(i), 0x01000193);
  return hash >>> 0;
}
