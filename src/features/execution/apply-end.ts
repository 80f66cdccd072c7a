/** How an apply ended, as the contract names it. */
export type EndName =
  | 'applied'
  | 'applied_lock_stuck'
  | 'partial_saved'
  | 'unsaved_state'
  | 'orphans'
  | 'canceled'
  | 'failed_before_change';

/** Everything that is known of the end of an apply: what the worker saw, and what the control plane knows by itself. */
export interface EndFacts {
  /** `exited`: with a code; `vanished`: proven by pid and start time alone; `given_up`: nobody saw it, a person decided. */
  readonly evidence: 'exited' | 'vanished' | 'never_started' | 'given_up';
  readonly exitCode: number | null;
  /** Why it never started, where that will not pass by itself. */
  readonly hasStartError: boolean;
  /** Whether that is because its plan can be applied no more, and another can be made now. */
  readonly isPlannedAgain: boolean;
  /** terraform's closing line: it is printed only after the state was saved and unlocked. */
  readonly hasSummary: boolean;
  /** Changes that the plan wanted. */
  readonly planned: number;
  readonly completed: number;
  readonly errored: number;
  /** Begun and neither complete nor errored. */
  readonly unfinished: number;
  /** Of these, creations: such a thing may exist, and be in no state. */
  readonly unfinishedCreates: number;
  /** Whether the stream that tells the four counts above is gone. */
  readonly isStreamLost: boolean;
  /** `taken`: its bytes are the stored state now; `kept`: captured, and could not be taken. */
  readonly erroredState: 'none' | 'taken' | 'kept' | 'unreadable';
  /** Whether terraform got its one SIGINT. */
  readonly signalled: boolean;
  /** Whether a person wants it canceled. */
  readonly isCancelWanted: boolean;
  readonly isOwnState: boolean;
  /** Whether the stored state was written by this run. Own state only. */
  readonly isStateSaved: boolean;
  /** Whether terraform's own lock id is still on the lock. Own state only. */
  readonly isLockHeld: boolean;
  /** Resources that were made and are in no state; for a state that cannot be read, all that were made. */
  readonly missing: number;
  /** Whether it was called interrupted meanwhile: from there it can only have been applied, or have failed. */
  readonly isInterrupted: boolean;
  /** How often this run was given to a worker. */
  readonly attempts: number;
}

/** What the next safe step is; `apply-end-text.ts` puts it into words. */
export type NextStep = 'none' | 'again' | 'retry' | 'plan_first' | 'look' | 'import' | 'push_state' | 'unlock_foreign';

export interface ApplyEnd {
  /** The row of the table, for logs and tests. */
  readonly row: string;
  readonly to: 'applied' | 'failed' | 'approved' | 'canceled';
  /** null: nobody knows, or nothing ended. */
  readonly end: EndName | null;
  readonly next: NextStep;
  /** Whether the stack is not applied again until a person has decided. */
  readonly blocks: boolean;
}

interface EndRow extends ApplyEnd {
  readonly when: (facts: EndFacts) => boolean;
}

/** A redelivery that never starts for want of luck stops some day. */
const MOST_STARTS = 50;

const ended = (f: EndFacts) => f.evidence === 'exited' || f.evidence === 'vanished';
/** Exit 0, or terraform's last line with the exit code lost (its shim was killed). */
const isSuccess = (f: EndFacts) => (f.evidence === 'exited' && f.exitCode === 0) || (ended(f) && f.hasSummary);
/** terraform came to its own end and says "error"; every other code is a death (signal, crash). */
const isOwnError = (f: EndFacts) => f.evidence === 'exited' && f.exitCode === 1;
const isDeath = (f: EndFacts) => ended(f) && !isOwnError(f) && !isSuccess(f);
const isComplete = (f: EndFacts) =>
  !f.isStreamLost && f.completed >= f.planned && f.planned > 0 && f.errored === 0 && f.unfinished === 0;
const didNothing = (f: EndFacts) =>
  !f.isStreamLost && f.completed === 0 && f.errored === 0 && f.unfinished === 0 && !f.isStateSaved;

/** First match wins. Each row says where it comes from: mostly docs of terraform's behaviour that tests provoke. */
const ROWS: readonly EndRow[] = [
  // The pid line was never written: `pid` says `never`, or no intent was made. Nothing ran, nothing is known to be wrong.
  // Its worker was silent so long that people were told: it is not begun behind their back now.
  row('never started, interrupted', 'failed', 'failed_before_change', 'retry', (f) => neverBegan(f) && f.isInterrupted),
  row('never started, and nobody wants it', 'canceled', 'canceled', 'none', (f) => neverBegan(f) && f.isCancelWanted),
  // Its engine is another version, or gone; its files are not those of the plan: it would never start.
  row('never started, plan outdated', 'approved', null, 'again', (f) => neverBegan(f) && f.isPlannedAgain),
  row(
    'never started, with a reason',
    'failed',
    'failed_before_change',
    'retry',
    (f) => neverBegan(f) && f.hasStartError,
  ),
  row(
    'never started, too often',
    'failed',
    'failed_before_change',
    'retry',
    (f) => neverBegan(f) && f.attempts >= MOST_STARTS,
  ),
  row('never started', 'approved', null, 'again', neverBegan),

  // A person freed the lock, or the engine is dead and its worker never came back: what was made is not known.
  blocking('given up', 'failed', null, 'look', (f) => f.evidence === 'given_up'),

  // The last POST failed for good: terraform wrote errored.tfstate, released the lock and exited 1.
  // Taken: its bytes are the newest version, serial and lineage kept; so all that was done is saved.
  row('unsaved, taken, complete', 'applied', 'applied', 'none', (f) => isTaken(f) && isComplete(f)),
  row('unsaved, taken, canceled', 'failed', 'canceled', 'plan_first', (f) => isTaken(f) && f.signalled),
  row('unsaved, taken', 'failed', 'partial_saved', 'plan_first', isTaken),
  // Captured, but a newer or another state is stored, the lock was freed, or the backend is somebody else's.
  blocking('unsaved, kept', 'failed', 'unsaved_state', 'push_state', (f) => f.erroredState === 'kept'),
  // With a full disk terraform prints the raw state; a half-written file is no state.
  blocking('unsaved, unreadable', 'failed', 'unsaved_state', 'look', (f) => f.erroredState === 'unreadable'),

  // Exit 0 only comes after the last POST and UNLOCK were answered: what it made is stored, or the store is wrong.
  blocking(
    'success that is not stored',
    'failed',
    'orphans',
    'import',
    (f) => isSuccess(f) && f.isOwnState && f.missing > 0,
  ),
  // TF_HTTP_UNLOCK_ADDRESS missing would be such an exit 0.
  row('success, lock left', 'applied', 'applied_lock_stuck', 'none', (f) => isSuccess(f) && f.isLockHeld),
  row('success', 'applied', 'applied', 'none', isSuccess),

  // Dead between two saves (at most every 20 s), or before the last one: the stream is the only record.
  blocking('made and in no state', 'failed', 'orphans', 'import', (f) => f.missing > 0),
  // Killed while something was being created: it may exist, without an id that anybody was told.
  blocking('dead while creating', 'failed', 'orphans', 'look', (f) => isDeath(f) && f.unfinishedCreates > 0),
  // Its output is gone (a run directory was removed): nobody knows what was made.
  blocking('stream lost', 'failed', 'orphans', 'look', (f) => f.isStreamLost),

  // UNLOCK failing is exit 1 although everything is made and saved; so is a kill after the last POST.
  row('complete, lock left', 'applied', 'applied_lock_stuck', 'none', (f) => isSavedWhole(f) && f.isLockHeld),
  row('complete, dead after its save', 'applied', 'applied', 'none', (f) => isSavedWhole(f) && isDeath(f)),

  // One SIGINT: children die, the resource is saved tainted, the state posted, the lock released, exit 1.
  row('canceled', 'failed', 'canceled', 'plan_first', (f) => f.signalled && isOwnError(f)),

  // A lock that was not free, a stale plan, a backend that is away: no resource was begun.
  row('nothing begun', 'failed', 'failed_before_change', 'retry', (f) => isOwnError(f) && didNothing(f)),
  row('dead before anything', 'failed', 'failed_before_change', 'retry', (f) => f.isOwnState && didNothing(f)),
  // With a foreign backend the dead holder's lock is there still, in a place that Holdfast cannot free.
  row('dead, foreign lock', 'failed', 'partial_saved', 'unlock_foreign', (f) => isDeath(f) && !f.isOwnState),
  // A provider's error, or a death between two saves that lost only changes: a refresh finds those.
  row('part of it', 'failed', 'partial_saved', 'plan_first', () => true),
];

/** What the end of an apply means: never read off the exit code alone. Pure. */
export function decideEnd(facts: EndFacts): ApplyEnd {
  const found = ROWS.find(({ when }) => when(facts));
  if (!found) throw new Error('the last row matches everything');
  const { when: _when, ...end } = found;
  return end;
}

/** Names of all rows, in order. */
export const END_ROWS: readonly string[] = ROWS.map((end) => end.row);

function neverBegan(f: EndFacts): boolean {
  return f.evidence === 'never_started';
}

function isTaken(f: EndFacts): boolean {
  return f.erroredState === 'taken' && f.missing === 0;
}

function isSavedWhole(f: EndFacts): boolean {
  return f.isOwnState && f.isStateSaved && f.missing === 0 && isComplete(f);
}

function row(name: string, to: ApplyEnd['to'], end: ApplyEnd['end'], next: NextStep, when: EndRow['when']): EndRow {
  return { row: name, to, end, next, when, blocks: false };
}

function blocking(name: string, to: 'failed', end: ApplyEnd['end'], next: NextStep, when: EndRow['when']): EndRow {
  return { ...row(name, to, end, next, when), blocks: true };
}
