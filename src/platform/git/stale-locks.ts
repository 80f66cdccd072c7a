import { readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';

/** git holds a lock of a mirror for milliseconds; one this old belongs to a process that was killed. */
const STALE_AFTER_MS = 60_000;

/** Removes lock files of refs and configuration that a killed git left in a mirror. Returns how many. */
export async function removeStaleLocks(dir: string, nowMs: number): Promise<number> {
  let removed = 0;
  for (const path of await findLocks(dir)) {
    const file = await stat(path).catch(() => null);
    if (!file || nowMs - file.mtimeMs < STALE_AFTER_MS) continue;
    await rm(path, { force: true });
    removed++;
  }
  return removed;
}

async function findLocks(dir: string): Promise<string[]> {
  const top = await readdir(dir).catch(() => []);
  const refs = await readdir(join(dir, 'refs'), { recursive: true }).catch(() => []);
  const paths = [...top.map((name) => join(dir, name)), ...refs.map((name) => join(dir, 'refs', name))];
  return paths.filter((path) => path.endsWith('.lock'));
}
