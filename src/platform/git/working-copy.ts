import { lstat, readdir, readFile, readlink } from 'node:fs/promises';
import { join } from 'node:path';
import { HoldfastError } from '../../kernel/errors.ts';
import type { GitObjects, TreeEntry } from './git-objects.ts';

/** What can be asked of files that nobody has committed. */
export type FileObjects = Pick<GitObjects, 'listTree' | 'readBlobs'>;

const SKIPPED = new Set(['.git', '.terraform', 'node_modules']);
const MAX_FILES = 200_000;

/**
 * The files of a folder as if they were a commit: object ids are paths, links are not followed, `.git`, `.terraform` and
 * `node_modules` are left out. Throws `too_large` above 200,000 files.
 */
export function openWorkingCopy(root: string): FileObjects {
  return {
    listTree: () => listFiles(root),
    async readBlobs(paths, maxBytes = Number.POSITIVE_INFINITY) {
      const out = new Map<string, Buffer>();
      for (const path of paths) {
        const content = await readEntry(join(root, path), maxBytes);
        if (content) out.set(path, content);
      }
      return out;
    },
  };
}

async function listFiles(root: string): Promise<TreeEntry[]> {
  const out: TreeEntry[] = [];
  const folders = [''];
  for (const folder of folders) {
    for (const entry of await readdir(join(root, folder), { withFileTypes: true })) {
      const path = folder === '' ? entry.name : `${folder}/${entry.name}`;
      if (entry.isDirectory()) {
        if (!SKIPPED.has(entry.name)) folders.push(path);
      } else if (entry.isFile() || entry.isSymbolicLink()) {
        out.push({ path, mode: entry.isSymbolicLink() ? '120000' : '100644', sha: path });
      }
      if (out.length + folders.length > MAX_FILES) {
        throw new HoldfastError(
          'too_large',
          `${root} holds more than ${MAX_FILES} files; name the root of a repository`,
        );
      }
    }
  }
  return out;
}

async function readEntry(file: string, maxBytes: number): Promise<Buffer | null> {
  const stats = await lstat(file).catch(() => null);
  if (!stats || stats.size > maxBytes) return null;
  return stats.isSymbolicLink() ? Buffer.from(await readlink(file)) : readFile(file);
}
