import type { TreeEntry } from './git-objects.ts';
import { tarEnd, tarEntry } from './tar-entry.ts';
import { TREE_MODE, type TreeItem } from './tree-cache.ts';

/** What a small archive is made from. */
export interface ArchiveSource {
  /** Entries of one tree object. */
  items(tree: string): Promise<readonly TreeItem[]>;
  /** Contents by id; missing ones and those larger than `maxBytes` are absent. */
  readBlobs(shas: readonly string[], maxBytes: number): Promise<ReadonlyMap<string, Buffer>>;
}

/** More or larger than this is left to `git archive`, which streams. */
const MAX_ENTRIES = 300;
const MAX_FILE_BYTES = 256 * 1024;
const MAX_BYTES = 2 * 1024 * 1024;
const SUBMODULE = '160000';

/**
 * The tar that `git archive` would make of a tree (all, or what lies at `paths`), from objects alone: no process is
 * started, which costs a large parent more than a tiny plan. null where it is large, where something is not there, or where
 * attributes may change what a clone would hold: then git has to do it.
 */
export async function packSmallArchive(
  source: ArchiveSource,
  root: string,
  paths: readonly string[] | null,
): Promise<Buffer | null> {
  const entries: TreeEntry[] = [];
  const wanted = paths === null ? null : trieOf(paths);
  if (!(await collect({ source, entries }, root, { prefix: '', wanted }))) return null;
  const files = entries.filter(({ mode }) => mode !== SUBMODULE);
  const blobs = await source.readBlobs(
    files.map(({ sha }) => sha),
    MAX_FILE_BYTES,
  );
  const total = files.reduce((sum, { sha }) => sum + (blobs.get(sha)?.length ?? Number.POSITIVE_INFINITY), 0);
  if (total > MAX_BYTES) return null;
  const packed = entries.map(({ path, mode, sha }) => tarEntry(path, mode, blobs.get(sha) ?? null));
  return packed.every((one) => one !== null) ? Buffer.concat([...packed.flat(), tarEnd()]) : null;
}

/** What is wanted below a directory: null for everything. */
type Wanted = Map<string, Wanted> | null;

function trieOf(paths: readonly string[]): Wanted {
  const root: Wanted = new Map();
  for (const path of paths) {
    let at: Wanted = root;
    const parts = path.split('/').filter((part) => part !== '');
    if (parts.length === 0) return null;
    for (const [i, part] of parts.entries()) {
      const known: Wanted | undefined = at?.get(part);
      // A directory that is wanted as a whole needs nothing more.
      if (known === null || at === null) break;
      const next: Wanted = i === parts.length - 1 ? null : (known ?? new Map());
      at.set(part, next);
      at = next;
    }
  }
  return root;
}

interface Collection {
  readonly source: ArchiveSource;
  readonly entries: TreeEntry[];
}

/** False where the collection would not be what git makes of it. */
async function collect(
  collection: Collection,
  tree: string,
  at: { readonly prefix: string; readonly wanted: Wanted },
): Promise<boolean> {
  const { source, entries } = collection;
  const items = await source.items(tree);
  const names = new Set(items.map(({ name }) => name));
  // Line ends, filters, `ident`: what attributes do to a file only git knows.
  if (names.has('.gitattributes')) return false;
  for (const name of at.wanted?.keys() ?? []) if (!names.has(name)) return false;
  for (const { name, mode, sha } of items) {
    const wanted = at.wanted === null ? null : at.wanted.get(name);
    if (wanted === undefined) continue;
    // Bytes that are no UTF-8 were lost when the name was read.
    if (name.includes('\uFFFD') || entries.length >= MAX_ENTRIES) return false;
    const path = at.prefix + name;
    if (mode === TREE_MODE) {
      if (!(await collect(collection, sha, { prefix: `${path}/`, wanted }))) return false;
    } else if (wanted !== null) return false;
    else entries.push({ path, mode, sha });
  }
  return true;
}
