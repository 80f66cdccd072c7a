import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** How long what init fetched for a reference that may move (a branch, a version range) is taken for current. */
export const MODULE_TTL_MS = 10 * 60_000;

/** Whether the data directory holds modules whose source may mean something else by now. */
export async function hasMovingModules(dataDir: string): Promise<boolean> {
  const text = await readFile(join(dataDir, 'modules', 'modules.json'), 'utf8').catch(() => null);
  return text !== null && listsMovingModule(text);
}

/** The same of the text of `modules.json`; one that cannot be read counts as moving. */
export function listsMovingModule(text: string): boolean {
  try {
    const modules: unknown = JSON.parse(text).Modules;
    return !Array.isArray(modules) || modules.some((module) => isMoving(String(module?.Source ?? '')));
  } catch {
    return true;
  }
}

/** A local directory is part of the commit, a full commit id never moves; all else may. */
function isMoving(source: string): boolean {
  if (source === '' || source.startsWith('./') || source.startsWith('../')) return false;
  return !/[?&]ref=[0-9a-f]{40}(&|$)/.test(source);
}
