import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { systemClock } from '../../src/kernel/clock.ts';
import { HoldfastError } from '../../src/kernel/errors.ts';
import { writeOverride } from '../steps/backend-override.ts';
import { checkOwnBackend } from '../steps/check-backend.ts';
import { dataDirOf, environmentFor } from '../steps/environment-step.ts';
import { initialisedAt, restoreInit } from '../steps/init-record.ts';
import { outcomeOfInit } from '../steps/plan-outcome.ts';
import { runInit } from '../steps/run-init.ts';
import type { ApplyContext, ApplyStep } from './apply-context.ts';

/**
 * The data directory that the plan used; initialised again where it is gone. What init depends on is in its name, so that
 * modules which moved meanwhile are no reason: the plan has its own configuration.
 */
export const applyInitStep: ApplyStep = {
  name: 'init',
  async run(context) {
    const { assignment, facts, paths } = context;
    const dataDir = dataDirOf(context);
    if (assignment.backend === 'override') await writeOverride(paths.stackDir, assignment.engine.name);
    if ((await initialisedAt(dataDir)) === null) await initAgain(context);
    else await restoreInit(dataDir, paths.stackDir, systemClock, { keepsLock: await hasLock(paths.stackDir) });
    if (assignment.backend !== 'foreign') await checkOwnBackend(dataDir, assignment.stack);
    facts.env = await environmentFor(context, 'apply');
    return 'next';
  },
};

async function initAgain(context: ApplyContext): Promise<void> {
  context.facts.notes.push('init: the data directory of the plan is gone');
  const init = await runInit(context, 'init');
  if (init.isDone || context.signal.aborted) return;
  const told = await outcomeOfInit(context, init);
  const first = told.diagnostics.find(({ severity }) => severity === 'error');
  const said = told.error ?? `init failed: ${first ? `${first.summary}: ${first.detail}` : 'no reason was given'}`;
  throw new HoldfastError('engine', `${said}; nothing was applied`);
}

/** The kept copy has the one that the plan was made with. */
function hasLock(stackDir: string): Promise<boolean> {
  return stat(join(stackDir, '.terraform.lock.hcl')).then(
    () => true,
    () => false,
  );
}
