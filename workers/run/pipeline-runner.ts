import type { OutcomeRequest } from '../../src/features/execution/protocol.ts';
import { HoldfastError, messageOf } from '../../src/kernel/errors.ts';
import { type RetryOptions, retryForever } from '../control/retry.ts';
import type { PipelineContext, PipelineStep } from '../pipeline.ts';
import { bareOutcome } from './bare-outcome.ts';

/** What runs a pipeline besides its context. */
export interface PipelineRun {
  readonly attempt: number;
  readonly steps: readonly PipelineStep[];
  /** How steps are repeated whose error says that it may pass (the control plane is away). */
  readonly retry: RetryOptions;
  /** Milliseconds of a clock that only goes forward. */
  readonly elapsed: () => number;
}

/** Runs the steps in order to an outcome; an error becomes a failed run, an abort a cancelled one. Throws `fenced` and `gone`. */
export async function runPipeline(context: PipelineContext, run: PipelineRun): Promise<OutcomeRequest> {
  const { facts, assignment } = context;
  const end = (result: OutcomeRequest['result'], error: string | null) =>
    bareOutcome({ attempt: run.attempt, phase: assignment.phase, result, error, facts });
  try {
    for (const step of run.steps) {
      if (context.signal.aborted && !facts.planEnd) return end('canceled', null);
      if ((await runStep(step, context, run)) === 'done') break;
    }
  } catch (error) {
    if (error instanceof HoldfastError && (error.code === 'fenced' || error.code === 'gone')) throw error;
    if (context.signal.aborted) return end('canceled', null);
    const message = (facts.mask ?? String)(messageOf(error)).slice(0, 16_000);
    context.log.warn({ reason: message }, 'the run failed');
    return end('failed', message);
  }
  return facts.outcome ?? end('failed', 'the pipeline ended without an outcome; this is a bug in holdfast');
}

async function runStep(step: PipelineStep, context: PipelineContext, run: PipelineRun): Promise<'next' | 'done'> {
  const startedAt = run.elapsed();
  try {
    return await retryForever(`step ${step.name}`, () => step.run(context), run.retry);
  } finally {
    context.facts.timings[step.name] = Math.round(run.elapsed() - startedAt);
  }
}
