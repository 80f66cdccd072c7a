import type { CatFile } from './cat-file.ts';
import type { ChangedFile, TreeEntry } from './git-objects.ts';
import { parseTreeObject, TREE_MODE, TreeCache, type TreeItem } from './tree-cache.ts';

/** Reads and compares trees through a running `cat-file` (0.3 ms for a push) instead of a git process each (5 ms). */
export class TreeWalker {
  readonly #contents: CatFile;
  readonly cache = new TreeCache();

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

  /** Files that differ between two trees, by path; renames are not looked for. */
  async compare(before: string, after: string): Promise<ChangedFile[]> {
    const files: ChangedFile[] = [];
    await this.#compare(before, after, '', files);
    return files.sort((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0));
  }

  async #compare(before: string | null, after: string | null, prefix: string, files: ChangedFile[]): Promise<void> {
    const old = new Map((before ? await this.items(before) : []).map((item) => [item.name, item]));
    const fresh = new Map((after ? await this.items(after) : []).map((item) => [item.name, item]));
    for (const name of new Set([...old.keys(), ...fresh.keys()])) {
      await this.#compareEntry(old.get(name), fresh.get(name), prefix + name, files);
    }
  }

  async #compareEntry(
    before: TreeItem | undefined,
    after: TreeItem | undefined,
    path: string,
    files: ChangedFile[],
  ): Promise<void> {
    if (before?.sha === after?.sha && before?.mode === after?.mode) return;
    const oldTree = before?.mode === TREE_MODE ? before.sha : null;
    const newTree = after?.mode === TREE_MODE ? after.sha : null;
    if (oldTree || newTree) await this.#compare(oldTree, newTree, `${path}/`, files);
    const hadFile = before !== undefined && oldTree === null;
    const hasFile = after !== undefined && newTree === null;
    if (hadFile && hasFile) files.push({ status: statusOf(before, after), path, previousPath: null });
    else if (hadFile) files.push({ status: 'deleted', path, previousPath: null });
    else if (hasFile) files.push({ status: 'added', path, previousPath: null });
  }

  /** The entries of one tree object. */
  async items(tree: string): Promise<readonly TreeItem[]> {
    const cached = this.cache.get(tree);
    if (cached) return cached;
    const { content, type } = await this.#contents.ask(tree);
    if (!content || type !== 'tree') throw new Error(`the tree ${tree} is not in the repository`);
    const items = parseTreeObject(content, tree.length);
    this.cache.set(tree, items);
    return items;
  }
}

/** A file, a link and a submodule are types; the executable bit is none. */
function statusOf(before: TreeItem, after: TreeItem): ChangedFile['status'] {
  return before.mode.slice(0, 3) === after.mode.slice(0, 3) ? 'modified' : 'type_changed';
}
