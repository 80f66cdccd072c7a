import type { Generated } from 'kysely';
import type { Phase, RunKind, RunStatus, Trigger } from '../../kernel/run-status.ts';
import type { DriftFindingTable, DriftReportTable, DriftStackTable } from './drift-tables.ts';
import type { CdktfTables } from './schema-cdktf.ts';
import type { DependencyTable, RunWaits, StackEnding } from './schema-dependencies.ts';
import type { LockTable, RunTokenTable, StateVersionTable } from './schema-state.ts';

export type { LockTable, RunTokenTable, StateVersionTable } from './schema-state.ts';

/** JSON is kept as text, times are integer ms since the epoch, booleans are 0 or 1: one set of queries for every database. */
export interface DatabaseSchema extends CdktfTables {
  meta: { key: string; value: string };
  repositories: RepositoryTable;
  heads: HeadTable;
  stacks: StackTable;
  specs: { digest: string; body: string; created_at: number };
  dependencies: DependencyTable;
  runs: RunTable;
  claims: ClaimTable;
  workers: WorkerTable;
  artifacts: ArtifactTable;
  run_tokens: RunTokenTable;
  state_versions: StateVersionTable;
  locks: LockTable;
  audit: AuditTable;
  notifications: NotificationTable;
  drift_stacks: DriftStackTable;
  drift_findings: DriftFindingTable;
  drift_reports: DriftReportTable;
  parse_cache: { blob: string; version: number; body: string; used_at: number };
}

export interface RepositoryTable {
  name: string;
  /** The configured URL without userinfo. */
  url: string;
  branch: string;
  status: 'new' | 'ok' | 'away' | 'empty' | 'branch_missing' | 'denied';
  /** Last head seen on the branch. */
  head_commit: string | null;
  /** Last head whose runs exist. Changes are computed from here. */
  processed_commit: string | null;
  /** A sentence for people; never holds a secret. */
  error: string | null;
  /** What the head's holdfast.yaml said wrong; null where it is fine. JSON: Diagnostic-like list. */
  config_error: string | null;
  failures: number;
  polled_at: number | null;
  next_poll_at: number;
  hint_at: number | null;
}

/** A head seen is a row before anything else happens with it. */
export interface HeadTable {
  id: Generated<number>;
  repository: string;
  commit_sha: string;
  seen_at: number;
  processed_at: number | null;
  /** Why it could not be processed (broken holdfast.yaml …); it is kept, and said. */
  error: string | null;
}

export interface StackTable extends StackEnding {
  name: string;
  repository: string;
  dir: string;
  workspace: string;
  engine: 'terraform' | 'opentofu';
  /** Effective entry of holdfast.yaml (JSON, `StackEntry`). */
  entry: string;
  /** Inputs digest at the last processed head. */
  inputs_digest: string;
  /** Last processed head that touched it. */
  head_commit: string;
  applied_commit: string | null;
  applied_run: string | null;
  applied_spec: string | null;
  /** file:line and the reason where its configuration does not parse. */
  unreadable: string | null;
  held: string | null;
  /** JSON {run, reason, since}. */
  blocked: string | null;
  /** Set when the directory was gone from a head that was read. */
  deleted_at: number | null;
  created_at: number;
  updated_at: number;
}

export interface RunTable extends RunWaits {
  id: string;
  stack: string;
  repository: string;
  commit_sha: string;
  /** The processed head before it; null on first sight. */
  base_commit: string | null;
  kind: RunKind;
  trigger: Trigger;
  /** 1 where nothing can ever be approved (a plan of a ref that is not the head). */
  speculative: 0 | 1;
  attempt: number;
  status: RunStatus;
  /** Optimistic version, +1 at every change of the row by the door. */
  version: number;
  author: string | null;
  message: string | null;
  /** JSON list of reasons, as in `changed`. */
  reasons: string;
  /** One sentence for people why it is in this status, where that is not plain. */
  reason: string | null;
  /** JSON {summary, detail, file, line, diagnostics[]} where it failed. */
  error: string | null;
  spec_digest: string;
  inputs_digest: string;
  /** JSON PlanSummary. */
  summary: string | null;
  plan_digest: string | null;
  /** Digest of the files that the plan was made of. */
  tree_digest: string | null;
  /** JSON {serial, lineage} the plan saw, own state only. */
  plan_state: string | null;
  new_state: 0 | 1;
  approved_by: string | null;
  approved_at: number | null;
  /** Which worker has it, while it moves. */
  worker: string | null;
  /** Exact version of the engine that planned; an apply uses the same. */
  engine_version: string | null;
  /** JSON {host, boot_id, pid, start_time} of the engine that applies: what its death is proven by. */
  process: string | null;
  /** Path of the root on which its working copy lies (an apply goes only there). */
  root: string | null;
  lease_until: number | null;
  /** Who asked to cancel it, and when; the worker hears of it with its next heartbeat. */
  cancel_by: string | null;
  cancel_at: number | null;
  created_at: number;
  started_at: number | null;
  finished_at: number | null;
  updated_at: number;
  end: string | null;
  next_step: string | null;
  /** JSON list. */
  orphans: string | null;
  log_size: number;
}

/** Answers of `claims`, by claim id, so that a repeated request gets the same answer. */
export interface ClaimTable {
  claim_id: string;
  worker: string;
  run: string;
  attempt: number;
  phase: Phase;
  created_at: number;
}

export interface WorkerTable {
  name: string;
  host: string;
  boot_id: string;
  root_id: string;
  root: string;
  version: string;
  concurrency: number;
  first_seen_at: number;
  seen_at: number;
}

export interface ArtifactTable {
  run: string;
  kind: string;
  attempt: number;
  /** SHA-256 of the clear bytes. */
  digest: string;
  size: number;
  /** Path below the artifact store. */
  path: string;
  created_at: number;
  expires_at: number | null;
}

export interface AuditTable {
  id: Generated<number>;
  at: number;
  /** `worker:w1`, `token:ci`, `system`. */
  actor: string;
  /** `run.superseded`, `lock.freed`, … */
  action: string;
  /** Run id, stack or repository. */
  subject: string;
  stack: string | null;
  /** JSON facts: {from, to, reason, …}; no secrets. */
  facts: string;
}

export interface NotificationTable {
  id: string;
  channel: string;
  event: string;
  repository: string | null;
  stack: string | null;
  run: string | null;
  /** JSON of all that the renderer needs: a delivery renders from this alone. */
  body: string;
  status: 'pending' | 'delivered' | 'failed';
  attempts: number;
  next_attempt_at: number;
  last_error: string | null;
  created_at: number;
  delivered_at: number | null;
  /** Order within the channel. */
  sequence: Generated<number>;
}
