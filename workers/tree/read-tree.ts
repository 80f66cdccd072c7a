import { lstatSync, readdirSync, readlinkSync, type Stats } from 'node:fs';
import { join } from 'node:path';
import { HoldfastError } from '../../src/kernel/errors.ts';
import { fileDigest } from './file-digest.ts';
import type { EntryKind, TreeEntry } from './tree-list.ts';

/** An entry as it was found, not yet read. */
export interface FoundEntry {
  readonly path: string;
  readonly kind: EntryKind;
  readonly size: number;
  /** When it was changed last (ms); nobody but the kernel can say so. */
  readonly changedAt: number;
}

export interface TreeLimits {
  readonly entries: number;
  /** Bytes that are read. */
  readonly bytes: number;
}

export const TREE_LIMITS: TreeLimits = { entries: 400_000, bytes: 8 * 1024 ** 3 };

/** So many entries are looked at in one go; more would keep heartbeats waiting. */
const AT_ONCE = 200;
/** And so many bytes are read. */
const BYTES_AT_ONCE = 2 * 1024 ** 2;
const turn = () => new Promise((resolve) => setImmediate(resolve));

/**
 * All entries below a directory, links not followed; none where it is not there. Throws `too_large` beyond the limits, and
 * `invalid` for a name that is not UTF-8: what it stands for could not be told apart.
 */
export async function findEntries(root: string, limits: TreeLimits = TREE_LIMITS): Promise<FoundEntry[]> {
  const found: FoundEntry[] = [];
  if (!lstatSync(root, { throwIfNoEntry: false })?.isDirectory()) return found;
  const open = [''];
  for (let dir = open.pop(); dir !== undefined; dir = open.pop()) {
    for (const name of readdirSync(join(root, dir))) {
      if (found.length > 0 && found.length % AT_ONCE === 0) await turn();
      const path = dir === '' ? name : `${dir}/${name}`;
      if (name.includes('\ufffd')) throw unsure(path, 'has a name that is not UTF-8');
      const facts = lstatSync(join(root, path), { throwIfNoEntry: false });
      // Removed since the directory was read, by whoever still works in it.
      if (!facts) continue;
      const kind = kindOf(facts);
      const size = kind === 'file' || kind === 'executable' ? facts.size : 0;
      found.push({ path, kind, size, changedAt: facts.ctimeMs });
      if (kind === 'directory') open.push(path);
      if (found.length > limits.entries) throw tooLarge(`more than ${limits.entries} files`);
    }
  }
  return found;
}

/** The same entries with the digests of what is in them: those that are `known` already, else read. Throws as above. */
export async function readEntries(
  root: string,
  found: readonly FoundEntry[],
  { known, limits = TREE_LIMITS }: { known?: (entry: FoundEntry) => string | undefined; limits?: TreeLimits } = {},
): Promise<TreeEntry[]> {
  const entries: TreeEntry[] = [];
  let [read, rest, looks] = [0, BYTES_AT_ONCE, AT_ONCE];
  for (const entry of found) {
    const proven = known?.(entry);
    const content = proven ?? (await contentOf(root, entry));
    const { path, kind, size } = entry;
    entries.push({ path, kind, size, content });
    if (proven !== undefined) continue;
    read += size;
    rest -= size;
    if (read > limits.bytes) throw tooLarge(`more than ${Math.round(limits.bytes / 1024 ** 2)} MB`);
    if (rest > 0 && --looks > 0) continue;
    [rest, looks] = [BYTES_AT_ONCE, AT_ONCE];
    await turn();
  }
  return entries;
}

async function contentOf(root: string, { path, kind, size }: FoundEntry): Promise<string> {
  try {
    if (kind === 'link') return fileDigest.ofBytes(readlinkSync(join(root, path), 'buffer'));
    if (kind === 'file' || kind === 'executable') return await fileDigest.ofFile(join(root, path), size);
    return '';
  } catch (cause) {
    throw unsure(path, 'was changed while Holdfast read it: something still writes there', cause);
  }
}

function kindOf(facts: Stats): EntryKind {
  if (facts.isFile()) return (facts.mode & 0o100) === 0 ? 'file' : 'executable';
  if (facts.isDirectory()) return 'directory';
  return facts.isSymbolicLink() ? 'link' : 'other';
}

function unsure(path: string, why: string, cause?: unknown): HoldfastError {
  const text = `\`${JSON.stringify(path.slice(0, 300)).slice(1, -1)}\` in the working copy ${why}`;
  return new HoldfastError('invalid', text, { cause });
}

function tooLarge(what: string): HoldfastError {
  return new HoldfastError(
    'too_large',
    `the working copy of this plan holds ${what}; what is approved could not be held against it`,
    {
      treatment: { kind: 'human', wayOut: 'have the configuration make less in its own directory' },
    },
  );
}
