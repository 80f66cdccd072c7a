import { constants } from 'node:fs';
import { access, readdir, stat } from 'node:fs/promises';
import { delimiter, isAbsolute, join } from 'node:path';
import { exactVersion } from './version-constraint.ts';

/** Versions for which `dir` has an executable `<version>/<binary>`; none where the folder is not there. */
export async function versionsIn(dir: string, binary: string): Promise<string[]> {
  const names = await readdir(dir).catch(() => []);
  const versions = names.slice(0, 1000).filter((name) => exactVersion(name) === name);
  const runnable = await Promise.all(versions.map((version) => isExecutable(join(dir, version, binary))));
  return versions.filter((_, i) => runnable[i]);
}

/** Absolute path of the first executable of this name on a PATH; null where there is none. Relative entries are skipped. */
export async function findOnPath(binary: string, path: string | undefined): Promise<string | null> {
  for (const dir of (path ?? '').split(delimiter)) {
    if (!isAbsolute(dir)) continue;
    const file = join(dir, binary);
    if (await isExecutable(file)) return file;
  }
  return null;
}

async function isExecutable(file: string): Promise<boolean> {
  try {
    await access(file, constants.X_OK);
    return (await stat(file)).isFile();
  } catch {
    return false;
  }
}
