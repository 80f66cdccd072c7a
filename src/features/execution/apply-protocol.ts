import { z } from 'zod';

/**
 * The part of the job protocol (`protocol.ts`) that is about applies. An apply is claimed like a plan (`phase: 'apply'`);
 * its plan file is `GET runs/{id}/artifacts/plan?attempt=`, and must have the digest that the assignment names.
 */

const text = z.string().max(4096);

/** `POST runs/{id}/process`, told as soon as the shim has written its pid line: what the engine's death is proven by. */
export const ProcessReport = z.object({
  attempt: z.int().min(1),
  host: z.string().max(200),
  boot_id: z.string().max(100),
  pid: z.int().min(1),
  /** Field 22 of /proc/PID/stat, in clock ticks since boot. */
  start_time: z.string().max(40),
});
export type ProcessReport = z.infer<typeof ProcessReport>;

/** One resource as the `-json` stream told of it. `id_key` and `id` as `apply_complete` says them; masked like a plan. */
export const AppliedResource = z.object({
  address: text,
  type: z.string().max(512),
  action: z.enum(['create', 'update', 'delete', 'replace', 'move', 'import', 'forget', 'other']),
  id_key: z.string().max(200).nullable(),
  id: text.nullable(),
  /** The whole provider-qualified name is not in the stream; the type's first word is what terraform calls it. */
});
export type AppliedResource = z.infer<typeof AppliedResource>;

const Diagnostic = z.object({
  severity: z.enum(['error', 'warning']),
  summary: text,
  detail: z.string().max(16_384),
  file: text.nullable(),
  line: z.int().nullable(),
  address: text.nullable(),
});

/**
 * `POST runs/{id}/apply-outcome`, idempotent by (run, attempt): everything the worker saw of how an apply ended. What it
 * means is decided by the control plane, which also knows the state's serial and the lock (`apply-end.ts`).
 */
export const ApplyOutcomeRequest = z.object({
  attempt: z.int().min(1),
  /** `exited`: the shim wrote a code; `vanished`: pid and start time prove the end, no code; `never_started`: proven. */
  evidence: z.enum(['exited', 'vanished', 'never_started']),
  /** 129–255 mean 128 + signal; null where unknown. */
  exit_code: z.int().min(0).max(255).nullable(),
  engine_version: z.string().max(100).nullable(),
  /** The last `change_summary` with operation apply; its presence means that terraform came to its end. */
  change_summary: z.object({ add: z.int(), change: z.int(), remove: z.int(), import: z.int() }).nullable(),
  /** Changes the plan wanted, from its projection or the stream. */
  planned: z.int().min(0),
  completed: z.array(AppliedResource).max(20_000),
  errored: z.array(AppliedResource).max(20_000),
  /** Started and neither complete nor errored: nobody knows. */
  unfinished: z.array(AppliedResource).max(20_000),
  /** The engine's output is gone, and with it the only record of what was made: the four lists and counts say nothing. */
  stream_lost: z.boolean().optional(),
  /** `captured`: its bytes were sent by `PUT runs/{id}/errored-state` and acknowledged before this. */
  errored_state: z.enum(['none', 'captured', 'unreadable']),
  /** Whether this worker sent terraform its one SIGINT because somebody cancelled. */
  signalled: z.boolean(),
  adopted: z.boolean(),
  diagnostics: z.array(Diagnostic).max(100),
  /**
   * A sentence for people where terraform itself gave no reason. With `never_started`: what kept it from starting, and will
   * again; null there means that it was only bad luck (a worker that died first) or somebody's wish.
   */
  error: z.string().max(16_384).nullable(),
  /** With `never_started` and an error: what the plan was made with (its engine, its files) is not here any more. */
  plan_again: z.boolean().optional(),
  timings: z.record(z.string(), z.number()),
  notes: z.array(z.string().max(1000)).max(50),
});
export type ApplyOutcomeRequest = z.infer<typeof ApplyOutcomeRequest>;
