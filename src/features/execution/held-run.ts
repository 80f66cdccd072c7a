import { HoldfastError } from '../../kernel/errors.ts';
import type { RunTable } from '../../platform/db/schema.ts';
import type { RunStore, Tx } from '../runs/index.ts';

/** The run, if this attempt is the one that may report about it; else `fenced` (409), or `gone` (410) where it is unknown. */
export async function heldRun(runs: RunStore, tx: Tx, ref: { run: string; attempt: number }): Promise<RunTable> {
  const run = await runs.findIn(tx, ref.run);
  if (!run) throw unknownRun(ref.run);
  if (run.attempt !== ref.attempt || run.lease_until === null) throw fenced(run, ref.attempt);
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
