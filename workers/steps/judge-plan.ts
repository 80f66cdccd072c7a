import { formatDuration } from '../../src/kernel/units.ts';
import type { EngineEnd } from '../pipeline.ts';
import type { PlanStreamResult } from '../plan/plan-stream.ts';

/** How an engine's end is to be read. `error` is a sentence for people where its diagnostics do not say it. */
export type PlanVerdict =
  | { readonly result: 'unchanged' | 'changes' }
  | { readonly result: 'failed' | 'canceled'; readonly error: string | null };

export interface JudgedPlan {
  readonly end: Pick<EngineEnd, 'exitCode' | 'stopped'>;
  readonly told: Pick<PlanStreamResult, 'summary' | 'hasErrors' | 'diagnostics'>;
  readonly planTimeoutMs: number;
}

/** Reads a plan's end: never off the exit code alone. Pure. */
export function judgePlan(judged: JudgedPlan): PlanVerdict {
  const bad = judgeEnd(judged);
  if (bad) return bad;
  const { exitCode } = judged.end;
  const { summary, hasErrors } = judged.told;
  const failed = (error: string | null) => ({ result: 'failed' as const, error });
  if (exitCode !== 0 && exitCode !== 2) {
    return failed(
      judged.told.diagnostics.some((d) => d.severity === 'error')
        ? null
        : `the engine ended with exit code ${exitCode}`,
    );
  }
  if (hasErrors) return failed(null);
  if (summary === null) {
    return failed(`the engine ended with exit code ${exitCode}, but without a summary: its plan is not whole`);
  }
  if (exitCode === 2) return { result: 'changes' };
  const { add, change, remove } = summary;
  if (add + change + remove > 0)
    return failed('the engine ended with exit code 0, but its summary has changes: its plan is not whole');
  return { result: 'unchanged' };
}

/** What is wrong with how any engine process ended; null where it came to an end of its own with an exit code. */
export function judgeEnd({ end, planTimeoutMs }: Pick<JudgedPlan, 'end' | 'planTimeoutMs'>): PlanVerdict | null {
  const failed = (error: string) => ({ result: 'failed' as const, error });
  switch (end.stopped) {
    case 'canceled':
      return { result: 'canceled', error: null };
    case 'timeout':
      return failed(`the engine was ended after ${formatDuration(planTimeoutMs)} (\`limits.plan_timeout\`)`);
    case 'output_limit':
      return failed('the engine was ended because it printed more than 1 GB');
    case 'disk':
      return failed("the engine was ended because less than 5 % of the worker's disk is left");
    default:
  }
  if (end.exitCode === null) return failed('nobody knows how the engine ended: it and its shim were killed');
  if (end.exitCode === 126 || end.exitCode === 127) return failed("the engine's binary cannot be run on this worker");
  if (end.exitCode > 128) {
    const signal = end.exitCode - 128;
    const hint = signal === 9 ? '; was there enough memory?' : '';
    return failed(`the engine was killed by signal ${signal}${hint}`);
  }
  return null;
}
