import type { WaitingFor } from '../features/runs/index.ts';
import { toRfc3339 } from '../kernel/clock.ts';
import type { PlanProjection } from '../kernel/plan-outcome.ts';
import { isEnded } from '../kernel/run-status.ts';
import type { RunTable } from '../platform/db/schema.ts';
import type { Run, RunListItem } from './contract.ts';

/** What a run's row does not say by itself. */
export interface RunSurroundings {
  readonly waitingFor: readonly WaitingFor[];
  /** How long a plan may wait for its approval. */
  readonly planExpiresMs: number;
}

/** A run as lists show it. Pure. */
export function runListItem(run: RunTable, around: RunSurroundings): RunListItem {
  return {
    id: run.id,
    stack: run.stack,
    repository: run.repository,
    commit: run.commit_sha,
    kind: run.kind,
    trigger: run.trigger,
    attempt: run.attempt,
    status: run.status,
    speculative: run.speculative === 1,
    author: run.author,
    message: run.message,
    created_at: toRfc3339(run.created_at),
    started_at: toRfc3339(run.started_at),
    finished_at: toRfc3339(run.finished_at),
    duration_ms: durationOf(run),
    summary: parse(run.summary),
    reasons: parse(run.reasons) ?? [],
    reason: run.reason,
    error: parse(run.error),
    plan_digest: run.plan_digest,
    inputs_digest: run.inputs_digest,
    approved_by: run.approved_by,
    approved_at: toRfc3339(run.approved_at),
    cancel_requested: cancelRequested(run),
    worker: run.worker,
    log_url: `/api/v1/runs/${run.id}/log`,
    new_state: run.new_state === 1,
    provisional: run.provisional !== null,
    waiting_for: around.waitingFor.map(({ kind, name, since }) => ({ kind, name, since: toRfc3339(since) })),
    expires_at: run.status === 'awaiting_approval' ? toRfc3339(run.updated_at + around.planExpiresMs) : null,
    end: run.end as RunListItem['end'],
    next_step: run.next_step ?? nextStepOf(run),
    orphans: parse(run.orphans) ?? [],
  };
}

/** A run with what its plan would change. Pure. */
export function runJson(run: RunTable, around: RunSurroundings, plan: PlanProjection | null): Run {
  return {
    ...runListItem(run, around),
    changes: (plan?.changes ?? []) as Run['changes'],
    drift: (plan?.drift ?? []) as Run['drift'],
    outputs: (plan?.outputs ?? []) as Run['outputs'],
    left_out: plan?.left_out ?? 0,
  };
}

/** Milliseconds from the first claim to the end, or to where it rests; null before it started or while it runs. */
function durationOf(run: RunTable): number | null {
  if (run.started_at === null) return null;
  if (run.finished_at !== null) return run.finished_at - run.started_at;
  return run.status === 'awaiting_approval' || run.status === 'policy_denied' ? run.updated_at - run.started_at : null;
}

function cancelRequested(run: RunTable): RunListItem['cancel_requested'] {
  if (run.cancel_at === null || isEnded(run.status)) return null;
  return { by: run.cancel_by ?? 'somebody', at: toRfc3339(run.cancel_at) };
}

function nextStepOf(run: RunTable): string | null {
  if (run.status === 'applying' && run.cancel_at !== null) {
    return 'wait for its end: terraform was sent its one SIGINT; it saves what is done, and waits for its state address';
  }
  if (run.status === 'failed')
    return `read the log (holdfast logs ${run.id}), mend it and push, or plan again: holdfast plan ${run.stack}`;
  return null;
}

function parse<T>(text: string | null): T | null {
  return text === null ? null : (JSON.parse(text) as T);
}
