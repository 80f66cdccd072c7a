import type { RunTable } from '../../platform/db/schema.ts';
import type { RunDoor, RunStore, Tx } from '../runs/index.ts';

/**
 * Puts a plan back whose worker is gone. Where another run of the stack is queued already, that one plans the same or
 * newer inputs, and this one ends as superseded; where a person wanted it cancelled, it is.
 */
export async function requeue(
  deps: { readonly door: RunDoor; readonly runs: RunStore },
  tx: Tx,
  run: RunTable,
  why: { readonly actor: string; readonly reason: string },
): Promise<RunTable> {
  if (run.cancel_at !== null) {
    return deps.door.move(tx, run, 'canceled', { actor: why.actor, reason: `canceled by ${run.cancel_by}` });
  }
  const other = (await deps.runs.openIn(tx, run.stack)).find((open) => isTwin(open, run));
  if (other) {
    return deps.door.move(tx, run, 'superseded', {
      actor: why.actor,
      reason: `${why.reason}; run ${other.id} is queued`,
    });
  }
  return deps.door.move(tx, run, 'queued', { ...why, set: { worker: null, root: null } });
}

function isTwin(open: RunTable, run: RunTable): boolean {
  const sameLane = (open.kind === 'drift') === (run.kind === 'drift') && open.speculative === run.speculative;
  return open.id !== run.id && open.status === 'queued' && sameLane;
}
