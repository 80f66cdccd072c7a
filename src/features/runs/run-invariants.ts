import { isEnded, type RunStatus } from '../../kernel/run-status.ts';
import type { RunTable } from '../../platform/db/schema.ts';

/** What is wrong with a run that is about to enter its status; an empty list when all is well. Pure. */
export function violationsOf(run: RunTable): string[] {
  const wrong: string[] = [];
  const must = (ok: boolean, what: string) => {
    if (!ok) wrong.push(what);
  };
  if (isHeldByWorker(run.status)) {
    must(run.worker !== null, 'a worker');
    must(run.lease_until !== null, 'a lease');
    must(run.attempt >= 1, 'an attempt');
    must(run.started_at !== null, 'a start time');
  } else {
    must(run.lease_until === null, 'no lease');
  }
  if (run.status === 'awaiting_approval') {
    must(run.kind !== 'drift' && run.speculative === 0, 'a plan that may be approved');
    must(run.summary !== null, 'a summary');
    must(run.plan_digest !== null, 'the digest of a saved plan');
  }
  if (run.status === 'failed') must(run.error !== null, 'an error');
  if (run.status === 'approved') must(run.approved_by !== null, 'who approved it');
  must((run.finished_at !== null) === isEnded(run.status), 'an end time exactly when it has ended');
  return wrong;
}

/** Statuses in which a worker owns the run under a lease. */
export function isHeldByWorker(status: RunStatus): boolean {
  return status === 'preparing' || status === 'planning' || status === 'applying';
}
