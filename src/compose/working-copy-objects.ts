import { lstat, readdir, readFile, readlink } from 'node:fs/promises';
import { join } from 'node:path';
import { sha256 } from '../kernel/digest.ts';
import { HoldfastError } from '../kernel/errors.ts';
import type { GitObjects, TreeEntry } from '../platform/git/git-objects.ts';

const NEVER = new Set(['.git', '.terraform', 'node_modules']);
const MOST_FILES = 200_000;

/** The files of a folder as they lie there, committed or not, as if they were a commit's tree. There is only that tree. */
export function openWorkingCopy(dir: string): GitObjects {
  const paths = new Map<string, TreeEntry>();
  return {
    async listTree() {
      const entries: TreeEntry[] = [];
      for await (const path of walk(dir, '')) {
        if (entries.length === MOST_FILES)
          throw new HoldfastError('too_large', `${dir} holds more than ${MOST_FILES} files`);
        const { mode } = await lstat(join(dir, path));
        // Any name will do that is another for another path: nothing is kept beyond this process.
        const entry = { path, mode: modeOf(mode), sha: sha256(path).slice(0, 40) };
        paths.set(entry.sha, entry);
        entries.push(entry);
      }
      return entries.sort((a, b) => (a.path < b.path ? -1 : 1));
    },
    async readBlobs(shas, maxBytes = Number.POSITIVE_INFINITY) {
      const blobs = new Map<string, Buffer>();
      for (const sha of shas) {
        const entry = paths.get(sha);
        const bytes = entry === undefined ? null : await readEntry(join(dir, entry.path), entry.mode);
        if (bytes !== null && bytes.length <= maxBytes) blobs.set(sha, bytes);
      }
      return blobs;
    },
    resolve: noCommits,
    commitInfo: noCommits,
    treeId: async () => null,
    compare: noCommits,
    diff: noCommits,
    mergeBase: noCommits,
    isAncestor: noCommits,
    archive: noCommits,
    close: async () => {},
  };
}

function noCommits(): never {
  throw new HoldfastError('internal', 'a working copy is no commit');
}

async function* walk(dir: string, inner: string): AsyncGenerator<string> {
  for (const entry of await readdir(join(dir, inner), { withFileTypes: true })) {
    if (NEVER.has(entry.name)) continue;
    const path = inner === '' ? entry.name : `${inner}/${entry.name}`;
    if (entry.isDirectory()) yield* walk(dir, path);
    else if (entry.isFile() || entry.isSymbolicLink()) yield path;
  }
}

function modeOf(mode: number): string {
  if ((mode & 0o170000) === 0o120000) return '120000';
  return (mode & 0o111) === 0 ? '100644' : '100755';
}

async function readEntry(path: string, mode: string): Promise<Buffer | null> {
  try {
    return mode === '120000' ? Buffer.from(await readlink(path)) : await readFile(path);
  } catch {
    return null;
  }
}
