import { readFile, stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';

/** A Git repository on this disk, found without starting git. */
export interface LocalRepository {
  /** Absolute path of its working copy. */
  readonly root: string;
  /** What is checked out; null: a detached head. */
  readonly branch: string | null;
}

/** The repository a folder lies in, or null. */
export async function findRepository(from: string): Promise<LocalRepository | null> {
  for (let dir = resolve(from); ; dir = dirname(dir)) {
    const gitDir = await gitDirOf(dir);
    if (gitDir !== null) return { root: dir, branch: await branchOf(gitDir) };
    if (dirname(dir) === dir) return null;
  }
}

/** `.git` as a folder, or as the file of a worktree that names one. */
async function gitDirOf(dir: string): Promise<string | null> {
  const path = join(dir, '.git');
  try {
    if ((await stat(path)).isDirectory()) return path;
    const named = /^gitdir: (.+)$/m.exec(await readFile(path, 'utf8'))?.[1];
    return named === undefined ? null : resolve(dir, named);
  } catch {
    return null;
  }
}

async function branchOf(gitDir: string): Promise<string | null> {
  try {
    return /^ref: refs\/heads\/(.+)$/m.exec(await readFile(join(gitDir, 'HEAD'), 'utf8'))?.[1] ?? null;
  } catch {
    return null;
  }
}
