import { join } from 'node:path';
import type { ApplyOutcomeRequest } from '../../src/features/execution/apply-protocol.ts';
import type { Clock } from '../../src/kernel/clock.ts';
import { HoldfastError, messageOf } from '../../src/kernel/errors.ts';
import { settleEvidence } from '../../src/platform/process/settle-evidence.ts';
import { isTaken } from '../control/answer-error.ts';
import { type RetryOptions, retryForever } from '../control/retry.ts';
import type { ApplyContext, ApplyStep, ApplySteps } from './apply-context.ts';
import { neverStarted } from './apply-outcome.ts';
import { APPLY_CALL } from './apply-runner.ts';

export interface ApplyPipelineRun {
  readonly steps: ApplySteps;
  /** How steps are repeated whose error says that it may pass. */
  readonly retry: RetryOptions;
  readonly clock: Clock;
}

/**
 * Runs the steps in order to an outcome. An error before the engine began is an apply that never started; later ones are
 * thrown, and the same can be called again: it goes on with what is left. Throws `fenced` and `gone`.
 */
export async function runApplyPipeline(context: ApplyContext, run: ApplyPipelineRun): Promise<ApplyOutcomeRequest> {
  const { facts } = context;
  const hadBegun = await context.hasBegun();
  let at = '';
  try {
    for (const step of hadBegun ? run.steps.begun : run.steps.whole) {
      if (context.signal.aborted && !(await context.hasBegun())) return await unstarted(context, null);
      at = step.name;
      if ((await runStep(step, context, run)) === 'done') break;
    }
  } catch (error) {
    if (isTaken(error)) throw error;
    const proven = await settleEvidence(join(context.paths.runDir, APPLY_CALL), run.clock);
    if (hadBegun || proven.kind !== 'never_started') throw error;
    const isOurWish = context.signal.aborted;
    if (isOurWish) return unstarted(context, null);
    return unstarted(context, (facts.mask ?? String)(messageOf(error)), isPlanOutdated(at, error));
  }
  if (facts.applyOutcome) return facts.applyOutcome;
  throw new HoldfastError('internal', 'the steps of an apply ended without an outcome; this is a bug in holdfast');
}

/** Steps that look whether what the plan was made with is still the same, and what they say where it is not. */
const SAME_AS_PLANNED: readonly string[] = ['copy', 'engine', 'plan file', 'files'];
const FOR_GOOD: readonly string[] = ['engine', 'invalid', 'not_found'];

/** Whether no other try would start it: another plan has to be made. */
function isPlanOutdated(step: string, error: unknown): boolean {
  return SAME_AS_PLANNED.includes(step) && error instanceof HoldfastError && FOR_GOOD.includes(error.code);
}

async function unstarted(context: ApplyContext, error: string | null, planAgain = false): Promise<ApplyOutcomeRequest> {
  const { assignment, adopted, facts, log } = context;
  log.warn({ reason: error ?? 'cancelled' }, 'an apply was not started');
  if (error !== null) context.say(`Nothing was applied: ${error}`);
  return neverStarted({ attempt: assignment.attempt, adopted, error, facts, planAgain });
}

async function runStep(step: ApplyStep, context: ApplyContext, run: ApplyPipelineRun): Promise<'next' | 'done'> {
  const startedAt = run.clock.now();
  // A wait for the control plane ends with the run's wish to go on; once terraform applies there is none.
  const signal = AbortSignal.any([context.signal, ...(run.retry.signal ? [run.retry.signal] : [])]);
  try {
    return await retryForever(`step ${step.name}`, () => step.run(context), { ...run.retry, signal });
  } finally {
    context.facts.timings[step.name] = Math.round(run.clock.now() - startedAt);
  }
}
