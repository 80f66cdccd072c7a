import type { ApplyOutcomeRequest } from '../../src/features/execution/apply-protocol.ts';
import { boundText } from '../plan/bounded-text.ts';
import type { ApplyFacts } from './apply-context.ts';

/** What there is to say where nothing was begun, or nothing more is known. */
export interface BareApplyOutcome {
  readonly attempt: number;
  readonly adopted: boolean;
  /** null for a start that an earlier life's death prevented, or that somebody cancelled: it may be claimed again. */
  readonly error: string | null;
  readonly facts?: ApplyFacts;
  /** Its plan can be applied no more: with its engine or its files. */
  readonly planAgain?: boolean;
}

/** An apply whose engine provably never started. */
export function neverStarted(about: BareApplyOutcome): ApplyOutcomeRequest {
  const plan_again = about.planAgain === true;
  return { ...bare(about), evidence: 'never_started', exit_code: null, signalled: false, plan_again };
}

/** An apply of which only the end of its process can be told. */
export function bareEnd(about: BareApplyOutcome & { readonly told: ApplyOutcomeRequest }): ApplyOutcomeRequest {
  const { evidence, exit_code, signalled, errored_state, change_summary, planned } = about.told;
  // Without its lists the stream is as good as lost.
  const stream_lost = true;
  return { ...bare(about), evidence, exit_code, signalled, errored_state, change_summary, planned, stream_lost };
}

function bare({
  attempt,
  adopted,
  error,
  facts,
}: BareApplyOutcome): Omit<ApplyOutcomeRequest, 'evidence' | 'exit_code' | 'signalled'> {
  return {
    attempt,
    engine_version: facts?.engine?.version ?? null,
    change_summary: null,
    planned: 0,
    completed: [],
    errored: [],
    unfinished: [],
    errored_state: 'none',
    adopted,
    diagnostics: [],
    error: error === null ? null : boundText(error, 16_384),
    timings: facts?.timings ?? {},
    notes: facts?.notes.slice(0, 50).map((note) => boundText(note, 1000)) ?? [],
  };
}
