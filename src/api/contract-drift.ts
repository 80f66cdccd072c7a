import { z } from 'zod';

/** The JSON of `/api/v1/drift`. */

const time = z.string();
const count = z.int().min(0);
const reason = z.string().trim().min(1).max(1000);

const Attribute = z.object({ path: z.string(), before: z.string().nullable(), after: z.string().nullable() });

/** One drifted resource. `before`: as it was applied; `after`: as it was found. */
export const FindingJson = z.object({
  id: z.string(),
  state: z.enum(['new', 'known', 'changed', 'acknowledged']),
  address: z.string(),
  type: z.string(),
  /** What happened to it: `update`, `delete`, …; where nobody saw it happen, what a plan would do. */
  action: z.string(),
  /** `real` or `deleted_outside`. */
  class: z.string(),
  attributes: z.array(Attribute),
  first_seen: time,
  last_seen: time,
  times_seen: count,
  acknowledged: z.object({ by: z.string(), reason: z.string(), at: time, until: time.nullable() }).nullable(),
  /** What to write into which files to keep what was found, in words. */
  to_accept: z.string(),
});
export type FindingJson = z.infer<typeof FindingJson>;

const StackDriftJson = z.object({
  name: z.string(),
  status: z.enum(['in_sync', 'drifted', 'error', 'unknown', 'never_applied']),
  /** When a check came to a verdict last; an error is none. */
  checked_at: time.nullable(),
  /** When the oldest open finding was seen first. */
  first_seen: time.nullable(),
  findings: z.array(FindingJson),
  /** Findings that are counted and not listed. */
  more: count,
  /** Why the last check failed. */
  error: z.string().nullable(),
  /** What differs and is no drift, with its class and why; ignored by rule as `ignored`. */
  explained: z.array(z.object({ address: z.string(), class: z.string(), why: z.string() })),
  next_check_at: time.nullable(),
  /** The last check that ended. */
  run: z.string().nullable(),
});
export type StackDriftJson = z.infer<typeof StackDriftJson>;

const ListedFinding = z.object({ stack: z.string(), address: z.string(), first_seen: time });

/** `GET /api/v1/drift/report`: the stacks that the caller sees. */
export const DriftReport = z.object({
  generated_at: time,
  totals: z.object({
    stacks: count,
    in_sync: count,
    drifted: count,
    error: count,
    unknown: count,
    never_applied: count,
  }),
  /** Stacks whose last check is no older than their interval, out of all that can be checked; the one checked longest ago. */
  coverage: z.object({
    in_time: count,
    of: count,
    oldest: z.object({ stack: z.string(), at: time.nullable() }).nullable(),
  }),
  /** When the last report was sent; null: none was. */
  since: time.nullable(),
  /** Findings since then. */
  new: z.array(ListedFinding),
  longest: z.array(ListedFinding),
  errors: z.array(z.object({ stack: z.string(), error: z.string(), since: time })),
  expired_rules: z.array(z.object({ stack: z.string(), address: z.string(), expires: z.string() })),
  acknowledged: count,
  next_report_at: time.nullable(),
  /** Set while nothing is put right by itself because so much drifted or failed at once. */
  breaker: z.object({ since: time, troubled: count, total: count }).nullable(),
  stacks: z.array(StackDriftJson),
});
export type DriftReport = z.infer<typeof DriftReport>;

/** `POST /api/v1/drift/checks`: these stacks, or (without) every stack that was ever applied. */
export const DriftChecksRequest = z.strictObject({
  stacks: z.array(z.string().min(1).max(500)).max(10_000).optional(),
});

/** `POST /api/v1/drift/findings/{id}/ack`. `until` is RFC 3339 or a day (`2027-01-31`, UTC); without: until it changes. */
export const AckRequest = z.strictObject({
  reason,
  until: z.union([z.iso.date(), z.iso.datetime({ offset: true })]).optional(),
});

/** `POST /api/v1/drift/resume`: a person has looked at what opened the breaker. */
export const ResumeRequest = z.strictObject({ reason });
export const Resumed = z.object({ breaker: DriftReport.shape.breaker });
