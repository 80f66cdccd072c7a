import { accessSync, constants, statSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { delimiter, isAbsolute, join } from 'node:path';
import { exactVersion } from './version-constraint.ts';

/** Versions for which `dir` has an executable `<version>/<binary>`; none where the folder is not there. */
export async function versionsIn(dir: string, binary: string): Promise<string[]> {
  const names = await readdir(dir).catch(() => []);
  const versions = names.slice(0, 1000).filter((name) => exactVersion(name) === name);
  return versions.filter((version) => isExecutable(join(dir, version, binary)));
}

/** Absolute path of the first executable of this name on a PATH; null where there is none. Relative entries are skipped. */
export async function findOnPath(binary: string, path: string | undefined): Promise<string | null> {
  for (const dir of (path ?? '').split(delimiter)) {
    if (!isAbsolute(dir)) continue;
    const file = join(dir, binary);
    if (isExecutable(file)) return file;
  }
  return null;
}

/** At once: most folders of a PATH hold no such file, and a hop to the thread pool for each costs more than the answer. */
function isExecutable(file: string): boolean {
  try {
    if (!statSync(file, { throwIfNoEntry: false })?.isFile()) return false;
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
