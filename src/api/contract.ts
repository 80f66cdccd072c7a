import { z } from 'zod';
import { AppSynthesis, CdktfApp } from './contract-apps.ts';

/**
 * The JSON of `/api/v1`, shared by the server, the command line and the page: the "JSON shapes" of the outside contract.
 * Keys may be added, never removed. Times are RFC 3339 in UTC, commits are full ids, lists are newest first (stacks by name).
 */

const time = z.string();
const count = z.int().min(0);

export const RunStatusJson = z.enum([
  'queued',
  'preparing',
  'planning',
  'unchanged',
  'planned',
  'awaiting_approval',
  'policy_denied',
  'approved',
  'applying',
  'applied',
  'failed',
  'interrupted',
  'discarded',
  'superseded',
  'stale',
  'canceled',
]);
const RunKindJson = z.enum(['plan', 'drift', 'destroy', 'refresh']);
const TriggerJson = z.enum(['push', 'pull_request', 'drift', 'manual', 'dependency', 'retry', 'deletion']);

export const SummaryJson = z.object({
  add: count,
  change: count,
  destroy: count,
  replace: count,
  import: count,
  move: count,
  forget: count,
  outputs: count,
});
export type SummaryJson = z.infer<typeof SummaryJson>;

/** Values are masked text of at most 1 KiB: `(sensitive)`, `(known after apply)`; null where there is none. */
export const AttributeJson = z.object({
  path: z.string(),
  before: z.string().nullable(),
  after: z.string().nullable(),
});
export type AttributeJson = z.infer<typeof AttributeJson>;

export const ChangeJson = z.object({
  address: z.string(),
  type: z.string(),
  /** The main action first: create, update, delete, replace, read, import, move, forget. */
  actions: z.array(z.string()),
  attributes: z.array(AttributeJson),
  previous_address: z.string().optional(),
  /** terraform's own reason: `replace_because_cannot_update`, … */
  reason: z.string().optional(),
  /** Where a CDKTF app makes it: `network/zone-a`. */
  construct: z.string().optional(),
});
export type ChangeJson = z.infer<typeof ChangeJson>;

export const DiagnosticJson = z.object({
  severity: z.enum(['error', 'warning']),
  summary: z.string(),
  detail: z.string(),
  file: z.string().nullable(),
  line: z.int().nullable(),
  address: z.string().nullable(),
});
export type DiagnosticJson = z.infer<typeof DiagnosticJson>;

/** Why a run failed: the first diagnostic in short, and all of them. */
export const RunErrorJson = z.object({
  summary: z.string(),
  detail: z.string(),
  file: z.string().nullable(),
  line: z.int().nullable(),
  diagnostics: z.array(DiagnosticJson),
});
export type RunErrorJson = z.infer<typeof RunErrorJson>;

export const ReasonJson = z.object({
  kind: z.enum(['file', 'module', 'path', 'when_modified', 'config', 'dependency', 'added', 'deleted']),
  path: z.string(),
  /** Modules or texts through which the path touches the stack, nearest first. */
  via: z.array(z.string()),
});
export type ReasonJson = z.infer<typeof ReasonJson>;

const WaitingForJson = z.object({
  kind: z.enum(['run', 'lock', 'dependency', 'window', 'freeze', 'worker', 'approval']),
  name: z.string().nullable(),
  since: time.nullable(),
});

const OrphanJson = z.object({
  address: z.string(),
  type: z.string(),
  id_key: z.string().nullable(),
  id: z.string().nullable(),
  import: z.string().nullable(),
});

/** A run as lists show it: without its changes. */
export const RunListItem = z.object({
  id: z.string(),
  stack: z.string(),
  repository: z.string(),
  commit: z.string(),
  kind: RunKindJson,
  trigger: TriggerJson,
  attempt: count,
  status: RunStatusJson,
  /** Whether it can never be approved (a plan of a ref that is not the head, or of a pull request). */
  speculative: z.boolean(),
  author: z.string().nullable(),
  message: z.string().nullable(),
  created_at: time,
  started_at: time.nullable(),
  finished_at: time.nullable(),
  duration_ms: z.number().nullable(),
  /** Null until there is a plan. */
  summary: SummaryJson.nullable(),
  /** What of the push touched the stack; empty where no push made the run. */
  reasons: z.array(ReasonJson),
  /** One sentence why it has this status, where that is not plain. */
  reason: z.string().nullable(),
  error: RunErrorJson.nullable(),
  plan_digest: z.string().nullable(),
  inputs_digest: z.string().nullable(),
  approved_by: z.string().nullable(),
  approved_at: time.nullable(),
  /** Who asked to stop it, while it has not ended. */
  cancel_requested: z.object({ by: z.string(), at: time }).nullable(),
  worker: z.string().nullable(),
  log_url: z.string(),
  new_state: z.boolean(),
  /** Whether its plan stands on outputs of other stacks that may still change. */
  provisional: z.boolean(),
  waiting_for: z.array(WaitingForJson),
  /** When a plan that waits is too old to be approved. */
  expires_at: time.nullable(),
  end: z
    .enum([
      'applied',
      'applied_lock_stuck',
      'partial_saved',
      'unsaved_state',
      'orphans',
      'canceled',
      'failed_before_change',
    ])
    .nullable(),
  next_step: z.string().nullable(),
  orphans: z.array(OrphanJson),
});
export type RunListItem = z.infer<typeof RunListItem>;

/** `GET /api/v1/runs/{id}/plan`: the masked projection of a plan. */
export const PlanJson = z.object({
  summary: SummaryJson,
  changes: z.array(ChangeJson),
  /** Differences between state and world that the refresh saw. */
  drift: z.array(ChangeJson),
  outputs: z.array(AttributeJson),
  /** Changes that are counted in `summary` and not listed. */
  left_out: count,
});
export type PlanJson = z.infer<typeof PlanJson>;

/** `GET /api/v1/runs/{id}`: a run with its changes (empty until there is a plan). */
export const Run = RunListItem.extend({
  changes: PlanJson.shape.changes,
  drift: PlanJson.shape.drift,
  outputs: PlanJson.shape.outputs,
  left_out: PlanJson.shape.left_out,
});
export type Run = z.infer<typeof Run>;

/** `GET /api/v1/runs?stack=&status=&limit=&cursor=`. */
export const RunList = z.object({ runs: z.array(RunListItem), next: z.string().nullable() });
export type RunList = z.infer<typeof RunList>;

/** `POST /api/v1/runs`; answered with the `Run`. */
export const CreateRunRequest = z.strictObject({
  stack: z.string().min(1).max(200),
  ref: z.string().min(1).max(1000).nullish(),
  kind: RunKindJson.default('plan'),
});
export type CreateRunRequest = z.input<typeof CreateRunRequest>;

/** `?explain=1`: why this directory is a stack, and what touches it. */
const StackExplanation = z.object({
  why: z.string(),
  inputs_digest: z.string(),
  /** Files, and directories with a trailing `/`, whose change touches the stack. */
  touched_by: z.array(ReasonJson),
});

export const Stack = z.object({
  name: z.string(),
  repository: z.string(),
  dir: z.string(),
  engine: z.enum(['terraform', 'opentofu']),
  workspace: z.string(),
  status: z.enum(['idle', 'queued', 'running', 'waiting', 'failed', 'unreadable']),
  /** One sentence: file and line where it is unreadable, the repository's trouble where that is away. */
  reason: z.string().nullable(),
  head_commit: z.string().nullable(),
  applied_commit: z.string().nullable(),
  drift: z.object({
    status: z.enum(['in_sync', 'drifted', 'unknown', 'error', 'never_applied']),
    checked_at: time.nullable(),
    findings: count,
  }),
  depends_on: z.array(z.string()),
  /** Id of the run that is not at its end. */
  open_run: z.string().nullable(),
  blocked: z.object({ run: z.string().nullable(), reason: z.string(), since: time }).nullable(),
  held: z.string().nullable(),
  /** Since when its directory is gone from the head; it is listed until what it made is destroyed. */
  deleted_at: time.nullable(),
  /** The CDKTF app that it is of; null for all others. */
  app: AppSynthesis.nullable().default(null),
  explain: StackExplanation.optional(),
});
export type Stack = z.infer<typeof Stack>;

export const StackList = z.object({
  stacks: z.array(Stack),
  apps: z.array(CdktfApp).default([]),
  next: z.string().nullable(),
});
export type StackList = z.infer<typeof StackList>;

export * from './contract-applies.ts';
export * from './contract-apps.ts';
export * from './contract-drift.ts';
export * from './contract-instance.ts';
export * from './contract-names.ts';
