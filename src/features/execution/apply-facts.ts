import type { RunTable } from '../../platform/db/schema.ts';
import type { EndFacts } from './apply-end.ts';
import type { ApplyOutcomeRequest } from './apply-protocol.ts';

export interface ToldAndKnown {
  readonly run: Pick<RunTable, 'id' | 'status' | 'attempt' | 'cancel_at'>;
  readonly told: ApplyOutcomeRequest;
  readonly isOwnState: boolean;
  /** Whether the stack can be planned at its head now. */
  readonly canPlan: boolean;
  /** The stored state; null where there is none, or it is kept elsewhere. */
  readonly stored: { readonly digest: string; readonly run: string | null } | null;
  /** terraform's id on the lock that the run holds: empty where terraform has none; null where the run holds no lock. */
  readonly lockId: string | null;
  /** SHA-256 of the captured `errored.tfstate`. */
  readonly keptDigest: string | null;
  /** How many of what was made are not in the stored state (own state only). */
  readonly missing: number;
  /** How many were made at all. */
  readonly made: number;
}

/** Puts together what the worker saw and what the control plane knows. Pure. */
export function endFactsOf(known: ToldAndKnown): EndFacts {
  const { run, told, isOwnState, stored } = known;
  const isGraceful = told.evidence === 'exited' && (told.exit_code === 0 || told.exit_code === 1);
  return {
    evidence: told.evidence,
    exitCode: told.exit_code,
    hasStartError: told.evidence === 'never_started' && told.error !== null,
    isPlannedAgain: told.evidence === 'never_started' && told.plan_again === true && known.canPlan,
    hasSummary: told.change_summary !== null,
    planned: told.planned,
    completed: told.completed.length,
    errored: told.errored.length,
    unfinished: told.unfinished.length,
    unfinishedCreates: told.unfinished.filter(({ action }) => action === 'create' || action === 'replace').length,
    isStreamLost: told.stream_lost === true,
    erroredState: erroredStateOf(known),
    signalled: told.signalled,
    isCancelWanted: run.cancel_at !== null,
    isOwnState,
    isStateSaved: stored?.run === run.id,
    isLockHeld: known.lockId !== null && known.lockId !== '',
    // A state that cannot be read was saved by an engine that came to its end, and by no other as far as anybody knows.
    missing: isOwnState ? known.missing : isGraceful || told.change_summary !== null ? 0 : known.made,
    isInterrupted: run.status === 'interrupted',
    attempts: run.attempt,
  };
}

function erroredStateOf({ told, stored, keptDigest }: ToldAndKnown): EndFacts['erroredState'] {
  if (told.errored_state !== 'captured') return told.errored_state;
  // What was taken is the stored state now: nobody else could write under the run's lock.
  return stored !== null && stored.digest === keptDigest ? 'taken' : 'kept';
}
