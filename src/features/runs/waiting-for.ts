import { toRfc3339 } from '../../kernel/clock.ts';
import { isMoving } from '../../kernel/run-status.ts';
import type { RunTable } from '../../platform/db/schema.ts';
import type { ApplyGates } from './approval-decision.ts';

/** One thing that a run waits for, since when (ms). */
export interface WaitingFor {
  readonly kind: 'run' | 'lock' | 'dependency' | 'window' | 'freeze' | 'worker' | 'approval';
  readonly name: string | null;
  readonly since: number | null;
}

export interface WaitingFacts extends ApplyGates {
  /** Open runs of the stack. */
  readonly open: readonly Pick<RunTable, 'id' | 'stack' | 'status'>[];
  /** The stack's lock, by whomever. */
  readonly lock: { readonly run: string | null; readonly holder: string; readonly since: number } | null;
}

type Waiting = Pick<RunTable, 'id' | 'stack' | 'status' | 'updated_at' | 'waits_on' | 'waits_since'>;

/** What a run waits for, all of it; empty where it does not wait. Pure. */
export function waitingFor(run: Waiting, facts: WaitingFacts): WaitingFor[] {
  const since = run.updated_at;
  if (run.status === 'awaiting_approval') return [{ kind: 'approval', name: null, since }];
  if (run.status === 'queued') {
    if (run.waits_on !== null) return dependencyWaits(run.waits_on, run.waits_since ?? since);
    const ahead = facts.open.find(({ stack, id, status }) => stack === run.stack && id !== run.id && isMoving(status));
    return [ahead ? { kind: 'run', name: ahead.id, since } : { kind: 'worker', name: null, since }];
  }
  if (run.status !== 'approved') return [];
  const reasons = applyWaits(run, facts);
  return reasons.length > 0 ? reasons : [{ kind: 'worker', name: null, since }];
}

function dependencyWaits(awaited: string, since: number): WaitingFor[] {
  const stacks = JSON.parse(awaited) as { stack: string }[];
  return stacks.map(({ stack }) => ({ kind: 'dependency', name: stack, since }));
}

function applyWaits(run: Waiting, { freeze, window, lock, blocked }: WaitingFacts): WaitingFor[] {
  const waits: WaitingFor[] = [];
  if (freeze) {
    const since = Math.max(freeze.since ?? 0, run.updated_at);
    waits.push({ kind: 'freeze', name: freeze.reason ?? freeze.by, since });
  }
  if (!window.isOpen) {
    waits.push({ kind: 'window', name: `opens ${toRfc3339(window.opensAt)}`, since: run.updated_at });
  }
  if (blocked) waits.push({ kind: 'approval', name: `unblock: ${blocked.reason}`, since: blocked.since });
  if (lock && lock.run !== run.id) {
    waits.push({ kind: 'lock', name: lock.run ?? lock.holder, since: Math.max(lock.since, run.updated_at) });
  }
  return waits;
}
