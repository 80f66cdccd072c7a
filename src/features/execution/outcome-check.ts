import type { OutcomeRequest } from './protocol.ts';

/** What the control plane knows by itself, to hold a worker's word against. */
export interface KnownFacts {
  /** SHA-256 of the plan file as it was received for this attempt; null where none was. */
  readonly receivedDigest: string | null;
  /** The stored state of the stack; null where no version ever existed. */
  readonly storedState: { readonly serial: number; readonly lineage: string } | null;
  readonly isOwnState: boolean;
}

/**
 * The outcome as it may be believed: a plan whose file did not arrive, or that was made against another state than the
 * stored one (a stray 404 reads as "empty" and plans to create everything), is a failure. Pure.
 */
export function checkOutcome(told: OutcomeRequest, known: KnownFacts): OutcomeRequest {
  if (told.result !== 'planned') return told;
  const problem = digestProblem(told, known) ?? stateProblem(told, known);
  return problem === null ? told : { ...told, result: 'failed', error: problem };
}

function digestProblem(told: OutcomeRequest, known: KnownFacts): string | null {
  if (told.plan_digest === null || told.plan_digest === known.receivedDigest) return null;
  return 'the plan file that arrived is not the one that the worker sent; plan again';
}

function stateProblem(told: OutcomeRequest, known: KnownFacts): string | null {
  if (!known.isOwnState || !known.storedState || !told.plan_state) return null;
  const { serial, lineage } = known.storedState;
  if (told.plan_state.lineage === lineage && told.plan_state.serial === serial) return null;
  return `the plan saw serial ${told.plan_state.serial} of the state, but serial ${serial} is stored; plan again`;
}
