import { isEnded } from '../../kernel/run-status.ts';
import { formatDuration } from '../../kernel/units.ts';
import type { RunTable } from '../../platform/db/schema.ts';
import type { Lock } from './lock.ts';

/** A lock and what is known of its holder. Times in ms. */
export interface LockView {
  readonly stack: string;
  readonly run: string | null;
  readonly holder: string;
  readonly since: number;
  readonly state: 'alive' | 'dead' | 'unknown';
  /** One sentence: what the state is known by. */
  readonly evidence: string;
  readonly operation: string;
  /** terraform's id; empty while terraform has not locked. */
  readonly lockId: string;
}

/** What can be known of a lock's holder. */
export interface HolderFacts {
  /** The run that holds it; null where it is no run, or one that is no longer known. */
  readonly run: Pick<RunTable, 'id' | 'status' | 'worker' | 'lease_until' | 'process' | 'end'> | null;
  /** What this host proves of the run's engine; null where no process was told of. */
  readonly process: 'alive' | 'dead' | 'unknown' | null;
  readonly now: number;
  readonly leaseMs: number;
}

/** Who holds a lock, and whether he lives: silence is never a death. Pure. */
export function viewLock(lock: Lock, facts: HolderFacts): LockView {
  const { stack, run, holder, since, operation, lock_id } = lock;
  return { stack, run, holder, since, operation, lockId: lock_id, ...evidenceOf(lock, facts) };
}

function evidenceOf(lock: Lock, facts: HolderFacts): Pick<LockView, 'state' | 'evidence'> {
  if (lock.run === null) {
    return {
      state: 'unknown',
      evidence: 'it was locked from outside of Holdfast, which cannot see whether that lives',
    };
  }
  const { run, process, now, leaseMs } = facts;
  if (!run) return { state: 'dead', evidence: `run ${lock.run} is no longer known` };
  if (isEnded(run.status)) return { state: 'dead', evidence: `run ${run.id} has ended: it is ${run.status}` };
  const pid = pidOf(run.process);
  if (run.lease_until !== null && run.lease_until > now) {
    const heard = formatDuration(Math.max(0, now - (run.lease_until - leaseMs)));
    return { state: 'alive', evidence: `worker ${run.worker} was heard of ${heard} ago` };
  }
  if (process === 'alive') return { state: 'alive', evidence: `its engine runs on this host (pid ${pid})` };
  if (process === 'dead') return { state: 'dead', evidence: `its engine (pid ${pid} on this host) has ended` };
  return { state: 'unknown', evidence: `worker ${run.worker} is silent, and nothing proves that its engine has ended` };
}

function pidOf(process: string | null): string {
  return process === null ? '?' : String((JSON.parse(process) as { pid?: number }).pid ?? '?');
}
