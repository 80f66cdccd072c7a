import { readFile, stat } from 'node:fs/promises';
import { isAbsolute, join, resolve } from 'node:path';
import { branchRef, isObjectId } from './git-names.ts';

/**
 * Head of a branch of a repository on this disk, read from its files (0.1 ms, no process). null: no such branch;
 * undefined: only git can tell (reftable, symbolic refs, a folder that is none).
 */
export async function readFileHead(path: string, branch: string): Promise<string | null | undefined> {
  const ref = branchRef(branch);
  const dir = await findCommonDir(path);
  if (dir === null || (await isThere(join(dir, 'reftable')))) return undefined;
  const loose = await readText(join(dir, ref));
  if (loose !== null) return isObjectId(loose.trim()) ? loose.trim() : undefined;
  const packed = await readText(join(dir, 'packed-refs'));
  const line = packed?.split('\n').find((entry) => entry.endsWith(` ${ref}`));
  const sha = line?.slice(0, line.indexOf(' '));
  if (sha === undefined) return null;
  return isObjectId(sha) ? sha : undefined;
}

/** The folder that holds `refs/heads`: of a bare repository, a checkout, or a linked worktree. */
async function findCommonDir(path: string): Promise<string | null> {
  if (await isRepository(path)) return path;
  const dotGit = join(path, '.git');
  if (await isRepository(dotGit)) return dotGit;
  const pointer = /^gitdir: (.+)$/m.exec((await readText(dotGit)) ?? '')?.[1];
  if (!pointer) return null;
  const gitDir = isAbsolute(pointer) ? pointer : resolve(path, pointer);
  const common = (await readText(join(gitDir, 'commondir')))?.trim();
  const dir = common ? resolve(gitDir, common) : gitDir;
  return (await isRepository(dir)) ? dir : null;
}

async function isRepository(dir: string): Promise<boolean> {
  return (
    (await isThere(join(dir, 'HEAD'))) && (await isThere(join(dir, 'objects'))) && (await isThere(join(dir, 'refs')))
  );
}

async function isThere(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}

async function readText(path: string): Promise<string | null> {
  return readFile(path, 'utf8').catch(() => null);
}
