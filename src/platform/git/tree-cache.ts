/** One entry of one tree object. */
export interface TreeItem {
  /** 6 octal digits; 040000 is a tree. */
  readonly mode: string;
  readonly name: string;
  readonly sha: string;
}

export const TREE_MODE = '040000';

/** Bytes of tree objects kept in memory for one repository. */
const BYTE_LIMIT = 16 * 1024 * 1024;

/** Tree objects by id, as git keeps them. They never change, so the next head costs only the trees that differ. */
export class TreeCache {
  #trees = new Map<string, Buffer>();
  #bytes = 0;

  get(sha: string): Buffer | undefined {
    return this.#trees.get(sha);
  }

  set(sha: string, content: Buffer): void {
    if (this.#trees.has(sha)) return;
    if (this.#bytes + content.length > BYTE_LIMIT) {
      this.#trees = new Map();
      this.#bytes = 0;
    }
    this.#trees.set(sha, content);
    this.#bytes += content.length;
  }
}

/** Reads a tree object: `mode name NUL id`, repeated; ids are `idLength` hex digits long. Throws where it is none. */
export function parseTreeObject(content: Buffer, idLength: number): TreeItem[] {
  const items: TreeItem[] = [];
  for (let at = 0; at < content.length; ) {
    const item = itemAt(content, at, idLength);
    items.push(item.item);
    at = item.end;
  }
  return items;
}

function itemAt(content: Buffer, at: number, idLength: number): { item: TreeItem; end: number } {
  const space = content.indexOf(32, at);
  const nul = content.indexOf(0, at);
  const end = nul + 1 + idLength / 2;
  if (space < 0 || nul < space || end > content.length) throw new Error('a tree of the repository is damaged');
  const item = {
    mode: content.toString('latin1', at, space).padStart(6, '0'),
    name: content.toString('utf8', space + 1, nul),
    sha: content.toString('hex', nul + 1, end),
  };
  return { item, end };
}

/** Entries of two tree objects that differ, by name. What is equal is passed over byte by byte and never decoded. */
export function differingItems(
  before: Buffer,
  after: Buffer,
  idLength: number,
): Map<string, { before?: TreeItem; after?: TreeItem }> {
  const found = new Map<string, { before?: TreeItem; after?: TreeItem }>();
  const note = (item: TreeItem, side: 'before' | 'after') => {
    const pair = found.get(item.name) ?? {};
    found.set(item.name, pair);
    pair[side] = item;
  };
  let i = 0;
  let j = 0;
  while (i < before.length || j < after.length) {
    const length = equalEntry(before, i, after, j, idLength / 2);
    if (length > 0) {
      i += length;
      j += length;
      continue;
    }
    const old = i < before.length ? itemAt(before, i, idLength) : null;
    const fresh = j < after.length ? itemAt(after, j, idLength) : null;
    const order = old && fresh ? compareItems(old.item, fresh.item) : old ? -1 : 1;
    if (old && order <= 0) {
      note(old.item, 'before');
      i = old.end;
    }
    if (fresh && order >= 0) {
      note(fresh.item, 'after');
      j = fresh.end;
    }
  }
  return found;
}

/** Length of the entry that begins at both places, 0 where they differ. */
function equalEntry(a: Buffer, i: number, b: Buffer, j: number, idBytes: number): number {
  let at = 0;
  while (i + at < a.length && a[i + at] === b[j + at] && a[i + at] !== 0) at += 1;
  if (i + at >= a.length || a[i + at] !== b[j + at]) return 0;
  const end = at + 1 + idBytes;
  while (at < end && a[i + at] === b[j + at]) at += 1;
  return at === end ? end : 0;
}

/** Git's order: bytes of the names, those of trees with a slash behind. */
function compareItems(a: TreeItem, b: TreeItem): number {
  const keyOf = ({ name, mode }: TreeItem) => Buffer.from(mode === TREE_MODE ? `${name}/` : name);
  return Buffer.compare(keyOf(a), keyOf(b));
}
