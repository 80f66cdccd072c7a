/** One entry of one tree object. */
export interface TreeItem {
  /** 6 octal digits; 040000 is a tree. */
  readonly mode: string;
  readonly name: string;
  readonly sha: string;
}

export const TREE_MODE = '040000';

/** Entries kept in memory over all trees of a repository, about 150 bytes each. */
const ENTRY_LIMIT = 200_000;

/** Tree objects by id. They never change, so the next head costs only the trees that differ. */
export class TreeCache {
  #trees = new Map<string, readonly TreeItem[]>();
  #entries = 0;

  get isEmpty(): boolean {
    return this.#trees.size === 0;
  }

  get(sha: string): readonly TreeItem[] | undefined {
    return this.#trees.get(sha);
  }

  set(sha: string, items: readonly TreeItem[]): void {
    if (this.#trees.has(sha)) return;
    if (this.#entries + items.length > ENTRY_LIMIT) {
      this.#trees = new Map();
      this.#entries = 0;
    }
    this.#trees.set(sha, items);
    this.#entries += items.length;
  }
}

/** Reads a tree object: `mode name NUL id`, repeated; ids are as long as the tree's own. Throws where it is none. */
export function parseTreeObject(content: Buffer, idLength: number): TreeItem[] {
  const items: TreeItem[] = [];
  for (let at = 0; at < content.length; ) {
    const space = content.indexOf(32, at);
    const nul = content.indexOf(0, at);
    const end = nul + 1 + idLength / 2;
    if (space < 0 || nul < space || end > content.length) throw new Error('a tree of the repository is damaged');
    items.push({
      mode: content.toString('latin1', at, space).padStart(6, '0'),
      name: content.toString('utf8', space + 1, nul),
      sha: content.toString('hex', nul + 1, end),
    });
    at = end;
  }
  return items;
}

/** Cuts a recursive listing that names trees, too (`ls-tree -r -t`), into the trees it was made of. */
export function splitListing(root: string, listing: readonly { path: string; mode: string; sha: string }[]) {
  const trees = new Map<string, TreeItem[]>([[root, []]]);
  /** Equal trees are listed wherever they lie: filled from the first place alone. */
  const places = new Map<string, TreeItem[] | null>([['', trees.get(root) ?? null]]);
  for (const { path, mode, sha } of listing) {
    const slash = path.lastIndexOf('/');
    places.get(slash < 0 ? '' : path.slice(0, slash))?.push({ mode, name: path.slice(slash + 1), sha });
    if (mode !== TREE_MODE) continue;
    const items: TreeItem[] | null = trees.has(sha) ? null : [];
    places.set(path, items);
    if (items) trees.set(sha, items);
  }
  return trees;
}
