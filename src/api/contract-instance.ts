import { z } from 'zod';

/** The JSON of `/api/v1` and `/healthz` that is about the instance itself: repositories, workers, messages, health, errors. */

const time = z.string();

const RepositoryJson = z.object({
  name: z.string(),
  /** Without userinfo. */
  url: z.string(),
  branch: z.string(),
  status: z.enum(['new', 'ok', 'away', 'empty', 'branch_missing', 'denied']),
  head_commit: z.string().nullable(),
  processed_commit: z.string().nullable(),
  error: z.string().nullable(),
  /** What the head's holdfast.yaml says wrong, one line a problem. */
  config_error: z.string().nullable(),
  polled_at: time.nullable(),
  next_poll_at: time.nullable(),
});

export const RepositoryList = z.object({ repositories: z.array(RepositoryJson), next: z.string().nullable() });
export type RepositoryList = z.infer<typeof RepositoryList>;

const WorkerJson = z.object({
  name: z.string(),
  host: z.string(),
  version: z.string(),
  concurrency: z.int(),
  seen_at: time,
  alive: z.boolean(),
  /** Ids of the runs it holds. */
  runs: z.array(z.string()),
});
export const WorkerList = z.object({ workers: z.array(WorkerJson), next: z.string().nullable() });
export type WorkerList = z.infer<typeof WorkerList>;

const NotificationJson = z.object({
  id: z.string(),
  channel: z.string(),
  event: z.string(),
  repository: z.string().nullable(),
  stack: z.string().nullable(),
  run: z.string().nullable(),
  status: z.enum(['pending', 'delivered', 'failed']),
  attempts: z.int(),
  last_error: z.string().nullable(),
  created_at: time,
  delivered_at: time.nullable(),
});
export const NotificationList = z.object({ notifications: z.array(NotificationJson), next: z.string().nullable() });
export type NotificationList = z.infer<typeof NotificationList>;

/** `POST /api/v1/channels/{name}/test`: what became of a sample of each event; it ends early where nothing answers. */
export const ChannelTest = z.object({
  channel: z.string(),
  samples: z.array(z.object({ event: z.string(), delivered: z.boolean(), error: z.string().nullable() })),
});
export type ChannelTest = z.infer<typeof ChannelTest>;

const AuditJson = z.object({
  id: z.int(),
  at: time,
  actor: z.string(),
  action: z.string(),
  subject: z.string(),
  stack: z.string().nullable(),
  facts: z.record(z.string(), z.unknown()),
});
export const AuditList = z.object({ audit: z.array(AuditJson), next: z.string().nullable() });
export type AuditList = z.infer<typeof AuditList>;

/** `GET /healthz?verbose=1`. `degraded`: it works, and something outside (a repository, a channel, Redis) does not. */
export const Health = z.object({
  status: z.enum(['ok', 'degraded', 'starting', 'failing']),
  version: z.string(),
  instance: z.string().nullable(),
  checks: z.array(
    z.object({ name: z.string(), status: z.enum(['ok', 'warning', 'error']), detail: z.string(), way_out: z.string() }),
  ),
});
export type Health = z.infer<typeof Health>;

/** RFC 9457 problem+json. `code` is an `ErrorCode` of the kernel; `problems` lists several faults of one request. */
export const Problem = z.looseObject({
  type: z.string(),
  title: z.string(),
  status: z.int(),
  detail: z.string(),
  code: z.string(),
  way_out: z.string().optional(),
  problems: z.array(z.object({ path: z.string(), message: z.string() })).optional(),
});
export type Problem = z.infer<typeof Problem>;
