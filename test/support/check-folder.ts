import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { checkStacks } from '../../src/compose/check-stacks.ts';
import { inspectRepositoryConfig } from '../../src/config/inspect-repository-config.ts';
import type { Problem } from '../../src/config/problem.ts';
import { systemClock } from '../../src/kernel/clock.ts';

/** What `holdfast validate DIR` says of the stacks in a folder, without what it says of holdfast.yaml itself. */
export function checkFolder(dir: string): Promise<Problem[]> {
  const config = inspectRepositoryConfig(readIfThere(join(dir, 'holdfast.yaml')), { now: systemClock.now() });
  return checkStacks(dir, config, systemClock);
}

function readIfThere(path: string): Buffer | null {
  try {
    return readFileSync(path);
  } catch {
    return null;
  }
}
