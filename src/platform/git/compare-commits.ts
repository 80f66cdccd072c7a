import type { Clock } from '../../kernel/clock.ts';
import { DiffTree, type DiffTreeOptions } from './diff-tree.ts';
import type { TreeChange } from './git-objects.ts';
import { IDLE_MS } from './idle-processes.ts';
import type { TreeWalker } from './tree-walker.ts';

export interface CommitComparerOptions extends DiffTreeOptions {
  readonly walker: Pick<TreeWalker, 'compare'>;
  /** Throws `gone` for a commit that is not there. */
  readonly treeId: (commit: string) => Promise<string>;
}

/** More changes than this are not remembered. */
const MAX_KEPT = 5000;

/**
 * What differs between commits: from a running `git diff-tree` where comparisons come often, else, and wherever that does
 * not know, by walking the trees. One head is compared by several, so the last answer is remembered.
 */
export class CommitComparer {
  readonly #options: CommitComparerOptions;
  readonly #clock: Clock;
  readonly #differ: DiffTree;
  #comparedAt = Number.NEGATIVE_INFINITY;
  #last: { readonly base: string; readonly head: string; readonly changes: TreeChange[] } | null = null;

  constructor(options: CommitComparerOptions) {
    this.#options = options;
    this.#clock = options.clock;
    this.#differ = new DiffTree(options);
  }

  /** Entries that differ, by path. Throws `gone` where a commit is not there. */
  async compare(base: string, head: string): Promise<TreeChange[]> {
    if (this.#last?.base === base && this.#last.head === head) return this.#last.changes;
    const changes = (await this.#ask(base, head)).sort(byPath);
    this.#last = changes.length <= MAX_KEPT ? { base, head, changes } : null;
    return changes;
  }

  close(): Promise<void> {
    return this.#differ.close();
  }

  async #ask(base: string, head: string): Promise<TreeChange[]> {
    const now = this.#clock.now();
    const isOften = now - this.#comparedAt < IDLE_MS;
    this.#comparedAt = now;
    // Its start costs more than a walk: a push an hour, and a repository that is only polled, have none.
    if (isOften || this.#differ.isWarm) {
      const said = await this.#differ.ask(base, head).catch(() => null);
      if (said !== null) return said;
    }
    const { treeId, walker } = this.#options;
    const [before, after] = await Promise.all([treeId(base), treeId(head)]);
    return before === after ? [] : walker.compare(before, after);
  }
}

function byPath(a: TreeChange, b: TreeChange): number {
  return a.path < b.path ? -1 : a.path > b.path ? 1 : 0;
}
