import { HoldfastError } from '../../src/kernel/errors.ts';
import type { EngineCall } from '../pipeline.ts';
import { applyArgs, assertStateAddresses, declaresEphemeral } from './apply-args.ts';
import type { ApplyContext, ApplyStep } from './apply-context.ts';
import { planFileOf } from './plan-file-step.ts';

/** Applies the saved plan; where an earlier life began it, waits for its end. */
export const applyStep: ApplyStep = {
  name: 'apply',
  async run(context) {
    context.facts.applyEnd ??= await context.runApply(await callOf(context));
    return 'next';
  },
};

/** null where it was begun: it is never started again. */
async function callOf(context: ApplyContext): Promise<EngineCall | null> {
  if (await context.hasBegun()) return null;
  const { assignment, facts, paths } = context;
  const { engine, env, planFile } = facts;
  if (!engine || !env || planFile !== planFileOf(context)) {
    throw new HoldfastError('internal', 'engine, environment and plan file have to come before the apply');
  }
  assertStateAddresses(assignment, env);
  const varFiles = (await declaresEphemeral(paths.stackDir)) ? assignment.var_files : [];
  const args = applyArgs(planFile, varFiles);
  return { label: 'apply', binary: engine.binary, args, cwd: paths.stackDir, env };
}
