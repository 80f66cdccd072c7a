import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { RunPaths } from '../pipeline.ts';

/**
 * Whether a call of this label was begun in the run's directory, in this life of the worker or an earlier one: an adopted run
 * goes through the steps again, and what its engine stands on must not be laid out anew under it.
 */
export async function wasCalled({ runDir }: Pick<RunPaths, 'runDir'>, label: string): Promise<boolean> {
  return existsSync(join(runDir, label, 'intent.json'));
}
