import { HoldfastError } from '../../src/kernel/errors.ts';
import { EMPTY_SUMMARY } from '../../src/kernel/plan-outcome.ts';
import type { PipelineStep } from '../pipeline.ts';
import { createPlanStream } from '../plan/plan-stream.ts';
import { judgeEnd } from './judge-plan.ts';
import { lastWords, outcomeOf } from './plan-outcome.ts';

/**
 * For a run that only reads the outputs of a state that lies elsewhere: `output -json`, handed in as a sealed file. Nothing
 * of it is printed, for it holds sensitive values in clear. Every other run goes on with its plan.
 */
export const outputsStep: PipelineStep = {
  name: 'outputs',
  async run(context) {
    const { assignment, facts, paths, hello } = context;
    if (assignment.reads_outputs !== true) return 'next';
    const { engine, env } = facts;
    if (!engine || !env) throw new HoldfastError('internal', 'engine and environment have to come before the outputs');
    const call = { label: 'outputs', binary: engine.binary, args: ['output', '-json'], cwd: paths.stackDir, env };
    const end = await context.runEngine({ ...call, quiet: true });
    const told = createPlanStream({ dir: assignment.dir, work: paths.work, mask: facts.mask ?? String }).end();
    const verdict = judgeEnd({ end, planTimeoutMs: hello.plan_timeout_ms });
    if (verdict || end.exitCode !== 0) {
      const isCanceled = verdict?.result === 'canceled';
      const said = verdict && 'error' in verdict ? verdict.error : await lastWords(context, { end, told });
      const error = isCanceled ? null : `the outputs could not be read: ${said}`;
      facts.outcome = outcomeOf(context, { end, told }, { result: isCanceled ? 'canceled' : 'failed', error });
      return 'done';
    }
    await context.uploadOutputs(end.outFile);
    context.say('The outputs of this stack were read for stacks that have them as inputs.');
    const nothing = { summary: EMPTY_SUMMARY, changes: [], drift: [], outputs: [], left_out: 0 };
    const outcome = outcomeOf(context, { end, told }, { result: 'planned', error: null });
    facts.outcome = { ...outcome, projection: nothing };
    return 'done';
  },
};
