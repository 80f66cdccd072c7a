import { systemClock } from '../../src/kernel/clock.ts';
import type { PipelineContext, PipelineStep } from '../pipeline.ts';
import { writeOverride } from './backend-override.ts';
import { wasCalled } from './call-evidence.ts';
import { checkForeignBackend, checkOwnBackend } from './check-backend.ts';
import { dataDirOf, environmentFor } from './environment-step.ts';
import { initialisedAt, restoreInit } from './init-record.ts';
import { initialise, keepRepositoryLock, warnOfMissingLock } from './lock-check.ts';
import { hasMovingModules, MODULE_TTL_MS } from './moving-modules.ts';
import { outcomeOfInit } from './plan-outcome.ts';

/** Initialises the stack, unless that was done before with the same fingerprint. Nothing is planned after a failed init. */
export const initStep: PipelineStep = {
  name: 'init',
  async run(context) {
    const { assignment, facts, paths } = context;
    if (assignment.backend === 'override') await writeOverride(paths.stackDir, assignment.engine.name);
    await keepRepositoryLock(context);
    const reason = await reasonToInit(context);
    if (reason === null) {
      await restoreInit(dataDirOf(context), paths.stackDir, systemClock);
      facts.notes.push('init: skipped');
      context.say('Init is skipped: nothing that it depends on has changed.');
    } else {
      facts.notes.push(`init: ${reason}`);
      const init = await initialise(context, 'init');
      if (!init.isDone) {
        facts.outcome = await outcomeOfInit(context, init);
        return 'done';
      }
    }
    await finishInit(context);
    await warnOfMissingLock(context);
    return 'next';
  },
};

/** After any init: the backend is what we think, and the environment knows which providers there are. */
export async function finishInit(context: PipelineContext): Promise<void> {
  const { assignment, facts, paths } = context;
  if (assignment.backend === 'foreign') await checkForeignBackend(dataDirOf(context), paths.work, assignment);
  else await checkOwnBackend(dataDirOf(context), assignment.stack);
  facts.env = await environmentFor(context, 'plan');
}

async function reasonToInit(context: PipelineContext): Promise<string | null> {
  // An adopted run does again what it did: its calls are found, and its log keeps its order.
  if (await wasCalled(context.paths, 'init')) return 'needed';
  if (await wasCalled(context.paths, 'plan')) return null;
  const dataDir = dataDirOf(context);
  const at = await initialisedAt(dataDir);
  if (at === null) return 'needed';
  const isOld = systemClock.now() - at > MODULE_TTL_MS;
  return isOld && (await hasMovingModules(dataDir)) ? 'remote modules may have moved' : null;
}
