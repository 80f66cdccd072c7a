import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { APPLY_CALL } from './apply-runner.ts';

/** Marks the directory of a given-up apply in which nobody looks for a state any more. */
export const SEARCHED = 'searched';

/** Whether an apply of this directory was meant of which neither the end is told nor the copy searched for a state. */
export function isUnsearched(path: string): boolean {
  const has = (name: string) => existsSync(join(path, name));
  return has(join(APPLY_CALL, 'intent.json')) && !has('acked') && !has(SEARCHED);
}

/** Whether any directory of the run is such a one: then its working copy may hold the only record of what it made. */
export function mayHoldState(root: string, run: string): boolean {
  const runs = join(root, 'runs');
  const names = readdirSync(runs).filter((name) => name.startsWith(`${run}-`));
  return names.some((name) => isUnsearched(join(runs, name)));
}
