import { join } from 'node:path';
import { HoldfastError } from '../../src/kernel/errors.ts';
import type { EngineEnd, PipelineContext, PipelineStep } from '../pipeline.ts';
import type { PlanStreamResult } from '../plan/plan-stream.ts';
import { wasCalled } from './call-evidence.ts';
import { finishInit } from './init-step.ts';
import { initialise } from './lock-check.ts';
import { checkVarFiles, planArgs } from './plan-args.ts';
import { outcomeOfInit } from './plan-outcome.ts';
import { readStream } from './run-init.ts';

/** Plans; where the engine says that it needs init after all, init once and plan once more. */
export const planStep: PipelineStep = {
  name: 'plan',
  async run(context) {
    const { assignment, facts, paths } = context;
    await checkVarFiles(assignment, paths.work);
    facts.planFile = join(paths.runDir, 'tfplan');
    await context.enterPlanning();
    facts.planEnd = await startPlan(context);
    if (!(await asksForInit(context, facts.planEnd))) return 'next';
    facts.notes.push('init: the engine asked for it');
    context.say('The engine asks for init: initialising once, then planning again.');
    const init = await initialise(context, 'init-again');
    if (!init.isDone) {
      facts.outcome = await outcomeOfInit(context, init);
      return 'done';
    }
    await finishInit(context);
    facts.planEnd = await startPlan(context);
    return 'next';
  },
};

async function startPlan(context: PipelineContext): Promise<EngineEnd> {
  const { assignment, facts, paths } = context;
  const { engine, env, planFile } = facts;
  if (!engine || !env || !planFile)
    throw new HoldfastError('internal', 'engine and environment have to come before the plan');
  const args = planArgs(assignment, planFile);
  return context.runPlan({ label: 'plan', binary: engine.binary, args, cwd: paths.stackDir, env });
}

/** A skipped init that was needed fails loudly: the engine names the command. */
async function asksForInit(context: PipelineContext, end: EngineEnd): Promise<boolean> {
  if (end.exitCode !== 1 || end.stopped !== null || (await wasCalled(context.paths, 'init'))) return false;
  return namesInit(await readStream(context, end));
}

/** Whether an error of the stream asks for init, as all of the engines' texts about it do. */
export function namesInit(told: Pick<PlanStreamResult, 'diagnostics'>): boolean {
  return told.diagnostics.some(
    ({ severity, summary, detail }) =>
      severity === 'error' &&
      (/\b(terraform|tofu) init\b/.test(`${summary}\n${detail}`) ||
        /^(Backend initialization required|Module not installed)/.test(summary)),
  );
}
