import { z } from 'zod';

/** The JSON of `/api/v1` that is about applies: approvals, locks, kept states, the freeze. */

const time = z.string();
const reason = z.string().trim().min(1).max(1000);

/** `POST /api/v1/runs/{id}/approve`: what is approved is this plan and no other. */
export const ApproveRequest = z.strictObject({
  plan_digest: z.string().regex(/^[0-9a-f]{64}$/, 'must be the 64 hex digits of the run’s `plan_digest`'),
});

/** `POST /api/v1/stacks/{name}/unblock`: what was done about it, for the audit. */
export const UnblockRequest = z.strictObject({ reason });

/** Its answer: the stack as `GET /api/v1/stacks/{name}` shows it; of one that is gone from the head the name alone. */
export const Unblocked = z.looseObject({ name: z.string() });

/** `POST /api/v1/freeze`. */
export const FreezeRequest = z.strictObject({ reason: reason.optional() });

/** `GET`, `POST`, `DELETE /api/v1/freeze`. `by` is `server.yaml` where `applies.freeze` says so: only there it is ended. */
export const Freeze = z.object({
  frozen: z.boolean(),
  reason: z.string().nullable(),
  by: z.string().nullable(),
  since: time.nullable(),
});
export type Freeze = z.infer<typeof Freeze>;

/** Who holds a stack. `run` is null where somebody outside Holdfast (a laptop) locked the state. */
export const LockJson = z.object({
  stack: z.string(),
  run: z.string().nullable(),
  holder: z.string(),
  since: time,
  /** `unknown`: nobody can prove that the holder lives or died. */
  state: z.enum(['alive', 'dead', 'unknown']),
  /** One sentence: what the state is known by. */
  evidence: z.string(),
  operation: z.string(),
  /** terraform's own id of the lock; null while terraform has not locked. */
  lock_id: z.string().nullable(),
});
export type LockJson = z.infer<typeof LockJson>;

/** `GET /api/v1/locks`, by stack. */
export const LockList = z.object({ locks: z.array(LockJson), next: z.string().nullable() });
export type LockList = z.infer<typeof LockList>;

/** `DELETE /api/v1/locks/{stack}`: the stack's name again, as a person typed it. */
export const UnlockRequest = z.strictObject({ confirm: z.string().max(500) });

/** A lock that lies in a backend of the stack's own: Holdfast cannot free it, and says how a person can. */
const ForeignLock = z.object({
  /** `s3`, `gcs`, … */
  backend: z.string(),
  /** terraform's lock info as the last refused run told it; null where none did. */
  info: z.string().nullable(),
  /** The line to type; null where the lock's id is not known. */
  command: z.string().nullable(),
});

/** Answer of `DELETE /api/v1/locks/{stack}`: what was freed (null: nothing was held), and what remains elsewhere. */
export const Unlocked = z.object({
  stack: z.string(),
  freed: LockJson.nullable(),
  foreign: ForeignLock.nullable(),
});
export type Unlocked = z.infer<typeof Unlocked>;

/** One kept version of a stack's state. */
export const StateVersionJson = z.object({
  serial: z.int(),
  lineage: z.string(),
  /** SHA-256 of the state's bytes. */
  digest: z.string(),
  size: z.int(),
  /** Who wrote it: `run:ID`, or a token's name. */
  who: z.string(),
  run: z.string().nullable(),
  terraform_version: z.string().nullable(),
  created_at: time,
});
export type StateVersionJson = z.infer<typeof StateVersionJson>;

/** `GET /api/v1/stacks/{name}/state/versions`, newest first: the first of all is the current state. */
export const StateVersionList = z.object({
  stack: z.string(),
  versions: z.array(StateVersionJson),
  next: z.string().nullable(),
});
export type StateVersionList = z.infer<typeof StateVersionList>;

/** Answer of `POST …/state/versions/{serial}/restore`: the new version, and which one it is a copy of. */
export const StateRestored = z.object({
  stack: z.string(),
  restored_from: z.int(),
  version: StateVersionJson,
});
export type StateRestored = z.infer<typeof StateRestored>;

/** Answer of `POST …/state/errored/{run}/restore`: what the run could not save is stored now, under this serial. */
export const ErroredStateRestored = z.object({ stack: z.string(), run: z.string(), serial: z.int() });
export type ErroredStateRestored = z.infer<typeof ErroredStateRestored>;
