import { toRfc3339 } from '../../kernel/clock.ts';
import type { RunStatus } from '../../kernel/run-status.ts';
import type { ChangeReason, StackEntry } from '../../kernel/stack-entry.ts';
import type { StackTable } from '../../platform/db/schema.ts';

/** A stack as the API and `holdfast stacks --json` show it (contract). */
export interface StackJson {
  readonly name: string;
  readonly repository: string;
  readonly dir: string;
  readonly engine: 'terraform' | 'opentofu';
  readonly workspace: string;
  readonly status: 'idle' | 'queued' | 'running' | 'waiting' | 'failed' | 'unreadable';
  readonly reason: string | null;
  readonly head_commit: string | null;
  readonly applied_commit: string | null;
  readonly drift: {
    readonly status: 'in_sync' | 'drifted' | 'unknown' | 'error' | 'never_applied';
    readonly checked_at: string | null;
    readonly findings: number;
  };
  readonly depends_on: string[];
  readonly open_run: string | null;
  readonly blocked: { readonly run: string | null; readonly reason: string; readonly since: string } | null;
  readonly held: string | null;
  /** Since when its directory is gone from the head; what it made is not destroyed yet. */
  readonly deleted_at: string | null;
  readonly explain?: StackExplanation;
}

export interface StackExplanation {
  readonly why: string;
  readonly inputs_digest: string;
  readonly touched_by: ChangeReason[];
}

/** Of a run what a stack's status needs. */
export interface StackRun {
  readonly id: string;
  readonly stack: string;
  readonly status: RunStatus;
  readonly reason: string | null;
}

/** What is known of a stack's drift. Times in ms. */
export interface StackCheck {
  readonly stack: string;
  readonly status: 'in_sync' | 'drifted' | 'error' | 'unknown';
  readonly checked_at: number | null;
  readonly findings: number;
}

export interface StackView {
  readonly row: StackTable;
  /** Runs that have not ended, newest first. */
  readonly open: readonly StackRun[];
  /** The newest run that ended by itself or by a person, drift checks left out. */
  readonly last: StackRun | null;
  /** null: it was never applied. */
  readonly check: StackCheck | null;
  /** Stacks that it needs, as the graph found them. */
  readonly needs: readonly string[];
  /** What is wrong with its repository (away, denied …); null where all is well. */
  readonly repositoryError: string | null;
}

/** Which open run a stack's line names: the one that goes furthest. */
const RANK: Partial<Record<RunStatus, StackJson['status']>> = {
  applying: 'running',
  interrupted: 'running',
  planning: 'running',
  preparing: 'running',
  queued: 'queued',
  approved: 'queued',
  awaiting_approval: 'waiting',
};
const ORDER = Object.keys(RANK) as RunStatus[];

/** The row, its runs and its repository as one object. */
export function toStackJson({ row, open, last, check, needs, repositoryError }: StackView): StackJson {
  const entry = JSON.parse(row.entry) as StackEntry;
  const foremost = [...open].sort((a, b) => ORDER.indexOf(a.status) - ORDER.indexOf(b.status))[0] ?? null;
  const status = statusOf(row, foremost, last);
  return {
    name: row.name,
    repository: row.repository,
    dir: row.dir,
    engine: row.engine,
    workspace: row.workspace,
    status,
    reason: reasonOf(status, row, foremost, last) ?? repositoryError,
    head_commit: row.head_commit,
    applied_commit: row.applied_commit,
    drift: {
      status: check?.status ?? (row.applied_commit === null ? 'never_applied' : 'unknown'),
      checked_at: toRfc3339(check?.checked_at ?? null),
      findings: check?.findings ?? 0,
    },
    depends_on: [...new Set([...entry.depends_on, ...needs])],
    open_run: foremost?.id ?? null,
    blocked: row.blocked === null ? null : toBlocked(row.blocked),
    held: row.held,
    deleted_at: toRfc3339(row.deleted_at),
  };
}

function statusOf(row: StackTable, foremost: StackRun | null, last: StackRun | null): StackJson['status'] {
  const active = foremost ? RANK[foremost.status] : undefined;
  if (active === 'running' || active === 'queued') return active;
  if (row.unreadable !== null) return 'unreadable';
  return active ?? (last?.status === 'failed' ? 'failed' : 'idle');
}

function reasonOf(
  status: StackJson['status'],
  row: StackTable,
  foremost: StackRun | null,
  last: StackRun | null,
): string | null {
  if (status === 'unreadable') return row.unreadable;
  return (status === 'failed' ? last?.reason : foremost?.reason) ?? row.unreadable;
}

function toBlocked(text: string): StackJson['blocked'] {
  const { run, reason, since } = JSON.parse(text) as { run?: string | null; reason?: string; since?: number | string };
  return {
    run: run ?? null,
    reason: reason ?? '',
    since: typeof since === 'number' ? toRfc3339(since) : (since ?? ''),
  };
}
