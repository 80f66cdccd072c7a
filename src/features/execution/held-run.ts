import { HoldfastError } from '../../kernel/errors.ts';
import type { RunTable } from '../../platform/db/schema.ts';
import type { RunStore, Tx } from '../runs/index.ts';

/** The run, if this attempt is the one that may report about it; else `fenced` (409), or `gone` (410) where it is unknown. */
export async function heldRun(runs: RunStore, tx: Tx, ref: { run: string; attempt: number }): Promise<RunTable> {
  const run = await runs.findIn(tx, ref.run);
  if (!run) throw unknownRun(ref.run);
  // The worker of an interrupted apply may come back any time: silence took its lease, and nothing else.
  const isReporting = run.lease_until !== null || run.status === 'interrupted';
  if (run.attempt !== ref.attempt || !isReporting) throw fenced(run, ref.attempt);
  return run;
}

/** The same for a run whose engine may be changing the world. */
export async function heldApply(runs: RunStore, tx: Tx, ref: { run: string; attempt: number }): Promise<RunTable> {
  const run = await heldRun(runs, tx, ref);
  if (run.status !== 'applying' && run.status !== 'interrupted') throw fenced(run, ref.attempt);
  return run;
}

/** The answer to an attempt that is no longer the one. */
export function fenced(run: RunTable, attempt: number): HoldfastError {
  const what = `attempt ${attempt} of run ${run.id} is fenced: it is ${run.status} at attempt ${run.attempt}`;
  return new HoldfastError('fenced', what, {
    treatment: { kind: 'ignore' },
    details: { run: run.id, attempt: run.attempt, run_status: run.status },
  });
}

/** The answer about a run that this database does not know. */
export function unknownRun(id: string): HoldfastError {
  return new HoldfastError('gone', `there is no run ${id}`, { treatment: { kind: 'ignore' } });
}
