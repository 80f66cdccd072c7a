import type { RunKind, Trigger } from '../../kernel/run-status.ts';
import type { ChangeReason } from '../../kernel/stack-entry.ts';
import type { RunTable } from '../../platform/db/schema.ts';

export interface NewRun {
  readonly id: string;
  readonly stack: string;
  readonly repository: string;
  readonly commit: string;
  readonly base: string | null;
  readonly kind: RunKind;
  readonly trigger: Trigger;
  readonly speculative: boolean;
  readonly author: string | null;
  readonly message: string | null;
  readonly reasons: readonly ChangeReason[];
  readonly specDigest: string;
  readonly inputsDigest: string;
  readonly at: number;
}

/** The row of a run that was just asked for: queued, untouched by any worker. Pure. */
export function newRun(input: NewRun): RunTable {
  return {
    id: input.id,
    stack: input.stack,
    repository: input.repository,
    commit_sha: input.commit,
    base_commit: input.base,
    kind: input.kind,
    trigger: input.trigger,
    speculative: input.speculative ? 1 : 0,
    attempt: 0,
    status: 'queued',
    version: 1,
    author: input.author,
    message: input.message,
    reasons: JSON.stringify(input.reasons.slice(0, 200)),
    reason: null,
    error: null,
    spec_digest: input.specDigest,
    inputs_digest: input.inputsDigest,
    summary: null,
    plan_digest: null,
    tree_digest: null,
    plan_state: null,
    new_state: 0,
    approved_by: null,
    approved_at: null,
    worker: null,
    engine_version: null,
    process: null,
    root: null,
    lease_until: null,
    cancel_by: null,
    cancel_at: null,
    created_at: input.at,
    started_at: null,
    finished_at: null,
    updated_at: input.at,
    end: null,
    next_step: null,
    orphans: null,
    log_size: 0,
    waits_on: null,
    waits_since: null,
    waits_told_at: null,
    provisional: null,
  };
}
