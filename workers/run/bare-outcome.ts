import type { OutcomeRequest } from '../../src/features/execution/protocol.ts';
import type { PipelineFacts } from '../pipeline.ts';

/** What there is to say about a run that has no plan to show. */
export interface BareOutcome {
  readonly attempt: number;
  readonly phase: 'plan' | 'apply';
  readonly result: OutcomeRequest['result'];
  readonly error: string | null;
  readonly facts?: PipelineFacts;
}

/** An outcome without projection: cancelled, failed outside the engine, or never started. */
export function bareOutcome({ attempt, phase, result, error, facts }: BareOutcome): OutcomeRequest {
  return {
    attempt,
    phase,
    result,
    exit_code: facts?.planEnd?.exitCode ?? null,
    engine_version: facts?.engine?.version ?? null,
    projection: null,
    plan_digest: null,
    plan_state: null,
    diagnostics: [],
    error,
    timings: facts?.timings ?? {},
    notes: facts?.notes.slice(0, 50) ?? [],
  };
}
