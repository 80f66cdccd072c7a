import type { RunTable, WorkerTable } from '../../platform/db/schema.ts';

/** What this host proves of an engine process; null where none was told of. */
export type EngineVerdict = 'alive' | 'dead' | 'unknown' | null;

type Seen = Pick<WorkerTable, 'name' | 'root' | 'seen_at'>;

export interface SilenceFacts {
  readonly engine: EngineVerdict;
  readonly workers: readonly Seen[];
  readonly now: number;
  readonly leaseMs: number;
}

/** What is said of an apply whose lease ran out: nobody knows how it ended, which is all that silence proves. */
export interface Silence {
  readonly reason: string;
  /** Set where its worker will never tell: then the stack is blocked, and a person has to decide. */
  readonly nextStep: string | null;
}

/** How many leases something may be away before nobody waits for it any more. */
const PATIENCE = 10;

/** What an expired lease of an apply means. It is never a failure, and never a reason to apply again. Pure. */
export function judgeSilence(run: Pick<RunTable, 'stack' | 'worker' | 'root'>, facts: SilenceFacts): Silence {
  const worker = facts.workers.find(({ name, root }) => name === run.worker && root === run.root);
  if (worker && facts.now - worker.seen_at < facts.leaseMs) {
    return {
      reason: `worker ${run.worker} is there and does not know of it: its run directory is lost`,
      nextStep: `find out what was made (the log, the provider), import it, plan first, then: holdfast unlock ${run.stack}`,
    };
  }
  const engine = { alive: ', its engine runs on', dead: ', its engine has ended', unknown: '' }[
    facts.engine ?? 'unknown'
  ];
  return { reason: `worker ${run.worker} has been silent for a whole lease${engine}`, nextStep: null };
}

/**
 * Whether an interrupted apply may be ended without its worker: its engine was proven dead long ago (`deadSince`, ms), and
 * the worker that could tell more has been away ever since. An engine that only just ended may be told of any moment. Pure.
 */
export function isGivenUp(
  run: Pick<RunTable, 'updated_at' | 'lease_until'>,
  { engine, now, leaseMs, deadSince }: SilenceFacts & { readonly deadSince: number | null },
): boolean {
  const isReported = run.lease_until !== null && run.lease_until > now;
  if (engine !== 'dead' || deadSince === null || isReported) return false;
  return now - Math.max(run.updated_at, deadSince) > PATIENCE * leaseMs;
}

/** Whether no worker with the root of an approved run has been there for long: nobody can apply that plan. Pure. */
export function isStranded(
  run: Pick<RunTable, 'root' | 'updated_at'>,
  { workers, now, leaseMs }: Omit<SilenceFacts, 'engine'>,
): boolean {
  const since = now - PATIENCE * leaseMs;
  return run.updated_at < since && !workers.some(({ root, seen_at }) => root === run.root && seen_at >= since);
}
