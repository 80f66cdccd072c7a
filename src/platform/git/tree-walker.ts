import type { CatFile } from './cat-file.ts';
import type { TreeChange, TreeEntry } from './git-objects.ts';
import { differingItems, parseTreeObject, TREE_MODE, TreeCache, type TreeItem } from './tree-cache.ts';

/** Reads and compares trees through a running `cat-file` (0.3 ms for a push) instead of a git process each (5 ms). */
export class TreeWalker {
  readonly #contents: CatFile;
  readonly #cache = new TreeCache();

  constructor(contents: CatFile) {
    this.#contents = contents;
  }

  /** All files below a tree; `prefix` is put before every path (with its `/`). In git's own order. */
  async list(tree: string, prefix: string): Promise<TreeEntry[]> {
    const items = await this.items(tree);
    const parts = await Promise.all(
      items.map((item) => {
        const path = prefix + item.name;
        if (item.mode === TREE_MODE) return this.list(item.sha, `${path}/`);
        return [{ path, mode: item.mode, sha: item.sha }];
      }),
    );
    return parts.flat();
  }

  /** Entries that differ between two trees, in no order. */
  compare(before: string, after: string): Promise<TreeChange[]> {
    return this.#compare(before, after, '');
  }

  async #compare(before: string | null, after: string | null, prefix: string): Promise<TreeChange[]> {
    const [old, fresh] = await Promise.all([before ? this.#read(before) : EMPTY, after ? this.#read(after) : EMPTY]);
    const pairs = differingItems(old, fresh, (before ?? after ?? '').length);
    const parts = await Promise.all([...pairs].map(([name, pair]) => this.#compareItem(pair, prefix + name)));
    return parts.flat();
  }

  async #compareItem(pair: { before?: TreeItem; after?: TreeItem }, path: string): Promise<TreeChange[]> {
    const before = toEntry(pair.before, path);
    const after = toEntry(pair.after, path);
    const own = before || after ? [{ path, before, after }] : [];
    const oldTree = pair.before?.mode === TREE_MODE ? pair.before.sha : null;
    const newTree = pair.after?.mode === TREE_MODE ? pair.after.sha : null;
    if (oldTree === null && newTree === null) return own;
    return [...own, ...(await this.#compare(oldTree, newTree, `${path}/`))];
  }

  /** The entries of one tree object. */
  async items(tree: string): Promise<readonly TreeItem[]> {
    return parseTreeObject(await this.#read(tree), tree.length);
  }

  /** Remembers a tree that was read elsewhere. */
  keep(tree: string, content: Buffer): void {
    this.#cache.set(tree, content);
  }

  async #read(tree: string): Promise<Buffer> {
    const cached = this.#cache.get(tree);
    if (cached) return cached;
    const { content, type } = await this.#contents.ask(tree);
    if (!content || type !== 'tree') throw new Error(`the tree ${tree} is not in the repository`);
    this.#cache.set(tree, content);
    return content;
  }
}

const EMPTY = Buffer.alloc(0);

function toEntry(item: TreeItem | undefined, path: string): TreeEntry | null {
  return item && item.mode !== TREE_MODE ? { path, mode: item.mode, sha: item.sha } : null;
}
