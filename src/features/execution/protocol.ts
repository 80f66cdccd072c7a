import { z } from 'zod';

/**
 * The job protocol between workers (`workers/`) and the control plane, under `/worker/v1`. The worker authenticates with
 * `Authorization: Bearer SECRET`. Everything about a run carries its attempt; a lower one is answered 409 `fenced`.
 */
export const PROTOCOL = 1;

const name = z.string().min(1).max(200);
/** A run under an attempt. */
export const RunRef = z.object({ run: name, attempt: z.int().min(1) });

/** `POST hello`: who the worker is. Sent at start and after every loss of contact. */
export const HelloRequest = z.object({
  protocol: z.literal(PROTOCOL),
  worker: name,
  host: name,
  boot_id: z.string().max(100),
  root_id: z.string().max(100),
  /** Absolute path: an apply is only offered where the working copy can lie at the same path. */
  root: z.string().max(4096),
  version: z.string().max(100),
  concurrency: z.int().min(1).max(1000),
});
export type HelloRequest = z.infer<typeof HelloRequest>;

export const HelloResponse = z.object({
  instance: z.string(),
  /** `redis://…` or `unix:///…`, with its password; the worker keeps it in memory only. */
  redis_url: z.string(),
  /** Prefix of all keys in Redis. */
  redis_prefix: z.string(),
  heartbeat_ms: z.number(),
  lease_ms: z.number(),
  drain_ms: z.number(),
  log_limit_bytes: z.number(),
  plan_timeout_ms: z.number(),
  state_retry_ms: z.number(),
  /** Absolute folder of engines, one folder a version; null: PATH of the worker. */
  engines_dir: z.string().nullable(),
  /** Filesystem mirror; null: direct. */
  providers_mirror: z.string().nullable(),
});
export type HelloResponse = z.infer<typeof HelloResponse>;

/** `POST claims`: 200 with an `Assignment`, or 204. The run is only a hint. Idempotent by `claim_id`. */
export const ClaimRequest = z.object({
  claim_id: z.string().min(8).max(100),
  worker: name,
  root: z.string().max(4096),
  /** An apply slot is only answered with an apply; a plan slot with either. */
  slot: z.enum(['plan', 'apply']),
  hint: name.optional(),
});
export type ClaimRequest = z.infer<typeof ClaimRequest>;

/** A claim for the plan slot whose outcome it comes with. */
export const NextClaim = ClaimRequest.omit({ slot: true, hint: true });
export type NextClaim = z.infer<typeof NextClaim>;

/** One entry of server.yaml's `environment` that reaches this stack, `{env}` and `{file}` already resolved. */
export const EnvironmentEntry = z.object({
  phase: z.enum(['init', 'plan', 'apply', 'all']),
  /** Names, or prefixes with a trailing `*`, taken from the worker's own environment. */
  pass: z.array(z.string()),
  values: z.record(z.string(), z.string()),
});
export type EnvironmentEntry = z.infer<typeof EnvironmentEntry>;

export const Assignment = RunRef.extend({
  phase: z.enum(['plan', 'apply']),
  kind: z.enum(['plan', 'drift', 'destroy', 'refresh']),
  stack: name,
  repository: name,
  /** Root of the stack relative to the repository; `.` for the repository's own root. */
  dir: z.string(),
  workspace: z.string(),
  commit: z.string(),
  /** Hash of (repository, dir, workspace): the name of its working copy under `root/work/`. */
  work_key: z.string(),
  engine: z.object({
    name: z.enum(['terraform', 'opentofu']),
    /** An exact version, or null for whatever is on PATH. */
    version: z.string().nullable(),
    /** `required_version` constraints of the root module, to be checked where the engine does not. */
    required: z.array(z.string()),
  }),
  var_files: z.array(z.string()),
  /** holdfast.yaml's `env`: no secrets. */
  env: z.record(z.string(), z.string()),
  environment: z.array(EnvironmentEntry),
  /** Outputs of other stacks, as texts of TF_VAR_<name>; sensitive ones are masked wherever they turn up. */
  inputs: z.record(z.string(), z.object({ text: z.string(), sensitive: z.boolean() })).optional(),
  /** How its state is kept. `own`: the empty http backend; `override`: no block, so the worker writes it. */
  backend: z.enum(['own', 'override', 'foreign']),
  /** Addresses with userinfo for the own backend; null where the backend is somebody else's. */
  state_url: z.string().nullable(),
  /** Version of the engine that wrote the stored state; absent where there is none, or it is kept elsewhere. */
  state_version: z.string().max(100).optional(),
  /** Files whose content makes `init` necessary: fingerprint of module calls, backend block and lock file. */
  init_key: z.string(),
  source: z.object({
    /** `closure`: only proven files; `tree`: the whole repository. */
    scope: z.enum(['closure', 'tree']),
    /** Digest of what the archive holds. Two equal digests are the same files. */
    digest: z.string(),
    /** The archive itself in base64, where it is small: it need not be fetched. */
    tar: z.string().optional(),
  }),
  /** SHA-256 of the saved plan, and of the list of the files that it was made of (applies only). */
  plan_digest: z.string().nullable(),
  tree_digest: z.string().nullable().optional(),
  /** Root on which the plan was made (applies only). */
  plan_root: z.string().nullable(),
  speculative: z.boolean(),
  /** Nothing is planned: only the outputs of the state are read, and handed in. */
  reads_outputs: z.boolean().optional(),
  destroy: z.boolean(),
  /** Others wait: what counts is how many end in a minute, not how soon this one does. */
  queue_is_deep: z.boolean().optional(),
});
export type Assignment = z.infer<typeof Assignment>;

/** `POST heartbeat`: all runs of a worker at once. */
export const HeartbeatRequest = z.object({
  worker: name,
  runs: z.array(RunRef).max(1000),
  /** Runs whose working copy lies under `root/kept/`. */
  kept: z.array(name).max(10_000),
});
export type HeartbeatRequest = z.infer<typeof HeartbeatRequest>;

export const HeartbeatResponse = z.object({
  /** Runs to be cancelled: escalate for a plan, exactly one SIGINT for an apply. */
  cancel: z.array(RunRef),
  /** Runs that are no longer this worker's: stop reporting, keep the directory, never signal an apply. */
  fenced: z.array(RunRef),
  /** Of `kept`: runs that nobody will apply any more; their working copies may go. */
  release: z.array(name),
});
export type HeartbeatResponse = z.infer<typeof HeartbeatResponse>;

/** `POST runs/{id}/phase`: preparing -> planning, when the engine is about to plan. Idempotent. */
export const PhaseRequest = z.object({ attempt: z.int().min(1), status: z.literal('planning') });
export type PhaseRequest = z.infer<typeof PhaseRequest>;

/**
 * `POST runs/{id}/log?attempt=&offset=`: rendered, masked text, appended at `offset` (bytes of the rendered log). 200 with
 * `LogResponse`; 409 with `LogResponse` where the offset is not the expected one.
 */
export const LogResponse = z.object({ size: z.number() });
export type LogResponse = z.infer<typeof LogResponse>;

/**
 * `GET runs/{id}/source?attempt=`: a tar of the source (regular files with modes, and symbolic links as links).
 * `PUT runs/{id}/artifacts/{kind}?attempt=&engine=&tree=`: raw bytes, answered with their SHA-256 and size.
 * `GET runs/{id}/artifacts/{kind}?attempt=`: raw bytes, only for the attempt that holds the run.
 */
export const ArtifactResponse = z.object({ digest: z.string(), size: z.number() });
export type ArtifactResponse = z.infer<typeof ArtifactResponse>;
export const ArtifactKind = z.enum(['plan', 'workdir', 'outputs']);
export type ArtifactKind = z.infer<typeof ArtifactKind>;

const Value = z.string().max(2048).nullable();
const AttributeChange = z.object({
  path: z.string().max(1024),
  before: Value,
  after: Value,
  same: z.literal(true).optional(),
});
const PlannedChange = z.object({
  address: z.string().max(4096),
  type: z.string().max(512),
  actions: z.array(z.enum(['create', 'update', 'delete', 'replace', 'read', 'no-op', 'import', 'move', 'forget'])),
  attributes: z.array(AttributeChange).max(64),
  previous_address: z.string().max(4096).optional(),
  reason: z.string().max(200).optional(),
  construct: z.string().max(1024).optional(),
});
const count = z.int().min(0);

export const Projection = z.object({
  summary: z.object({
    add: count,
    change: count,
    destroy: count,
    replace: count,
    import: count,
    move: count,
    forget: count,
    outputs: count,
  }),
  changes: z.array(PlannedChange).max(20_000),
  drift: z.array(PlannedChange).max(20_000),
  outputs: z.array(AttributeChange).max(1000),
  left_out: count,
});
export type Projection = z.infer<typeof Projection>;

const Diagnostic = z.object({
  severity: z.enum(['error', 'warning']),
  summary: z.string().max(4096),
  detail: z.string().max(16_384),
  file: z.string().max(4096).nullable(),
  line: z.int().nullable(),
  address: z.string().max(4096).nullable(),
});

/**
 * `POST runs/{id}/outcome`, idempotent by (run, attempt): how a phase ended.
 * `never_started`: proven that no engine ran, so the run is queued (or approved) again.
 */
export const OutcomeRequest = z.object({
  attempt: z.int().min(1),
  phase: z.enum(['plan', 'apply']),
  result: z.enum(['planned', 'failed', 'canceled', 'never_started']),
  /** 0 … 255 as terraform or the shell reports it; null where the engine died without a known code. */
  exit_code: z.int().nullable(),
  engine_version: z.string().max(100).nullable(),
  projection: Projection.nullable(),
  plan_digest: z.string().length(64).nullable(),
  tree_digest: z.string().length(64).optional(),
  /** Serial and lineage of the state the plan saw (`tfstate` entry), own backend only. */
  plan_state: z.object({ serial: z.int(), lineage: z.string().max(200) }).nullable(),
  diagnostics: z.array(Diagnostic).max(100),
  /** A sentence for people where it failed outside the engine (sources, engine missing, disk full …). */
  error: z.string().max(16_384).nullable(),
  /** Milliseconds per step, for the run's page and metrics. */
  timings: z.record(z.string(), z.number()),
  /** What the run saved or rebuilt, for the record: `init: skipped`. */
  notes: z.array(z.string().max(1000)).max(50),
  /** What a person should know of a plan that succeeded: a state of a newer engine, no lock file. */
  warning: z.string().max(2000).optional(),
  /** The whole log, where it is short and none of it was sent before. */
  log: z.string().max(65_536).optional(),
  /** The saved plan in base64, where it is small: it need not be sent before. */
  plan: z.base64().max(131_072).optional(),
  /** What its slot carries next: asked for here, it needs neither a job nor a request of its own. */
  next: NextClaim.optional(),
});
export type OutcomeRequest = z.infer<typeof OutcomeRequest>;

/**
 * Answers it. `next`: the assignment, or null for none; absent: it was not asked for, or nobody knows (then the
 * claim is given back). The outcome is recorded whatever became of the claim.
 */
export const OutcomeResponse = z.object({ next: Assignment.nullish() });
export type OutcomeResponse = z.infer<typeof OutcomeResponse>;
