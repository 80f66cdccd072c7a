import { z } from 'zod';
import { EnvironmentEntry } from './protocol.ts';

/**
 * The part of the job protocol that synthesises CDKTF apps, under `/worker/v1/synths`. A synthesis is no run: nothing of it
 * has to survive its worker, who says every few seconds that he is at it; the next attempt begins anew.
 */

const name = z.string().min(1).max(200);
const path = z.string().min(1).max(4096);
const digest = z.string().regex(/^[0-9a-f]{64}$/);

/** `POST synths/claims`: 200 with a `SynthAssignment`, or 204. Idempotent by `claim_id`. */
export const SynthClaim = z.object({ claim_id: z.string().min(8).max(100), worker: name });
export type SynthClaim = z.infer<typeof SynthClaim>;

export const SynthAssignment = z.object({
  /** Digest of everything that the result depends on. */
  key: digest,
  attempt: z.int().min(1),
  repository: name,
  app: name,
  /** The app's directory, repository-relative; `.` for the repository's root. */
  dir: path,
  commit: z.string(),
  /** Run by `/bin/sh -c` in `dir`. */
  command: z.string().max(4096),
  /** CDKTF_CONTEXT_JSON. */
  context: z.string().max(1024 * 1024),
  /** Where `npm ci` is to be run before, and the digest of what it depends on; null: nowhere. */
  install: z.object({ dir: path, digest }).nullable(),
  /** Exact version that the stub in place of the engine names; null: whatever satisfies. */
  engine_version: z.string().max(100).nullable(),
  /** Entries of phase `init` that reach the app, for `npm ci` alone. */
  environment: z.array(EnvironmentEntry),
  /** Milliseconds after which it is given to somebody else, unless it is held on to. */
  lease_ms: z.number(),
});
export type SynthAssignment = z.infer<typeof SynthAssignment>;

/** `POST synths/{key}/lease`: 204, or 409 where it is somebody else's. */
export const SynthLease = z.object({ attempt: z.int().min(1) });

/** One file of a synthesised stack, relative to the stack's directory. */
const SynthFile = z.object({ path, size: z.int().min(0), sha: z.string().regex(/^[0-9a-f]{40}$/) });

/** A stack as the app synthesised it; its files were sent as the tar of that digest (`PUT synths/{key}/stacks`). */
export const SynthStack = z.object({
  name: z.string().min(1).max(200),
  /** Below the output directory: `stacks/network`. */
  dir: path,
  depends_on: z.array(z.string().max(200)).max(1000),
  digest,
  files: z.array(SynthFile).max(10_000),
  /** Why it cannot be planned although it was synthesised; else null. */
  problem: z.string().max(4096).nullable(),
});
export type SynthStack = z.infer<typeof SynthStack>;

/** `POST synths/{key}/outcome`, idempotent by attempt. */
export const SynthOutcome = z.object({
  attempt: z.int().min(1),
  /** `install_failed`: `npm ci` did, which may pass. */
  result: z.enum(['done', 'failed', 'install_failed']),
  error: z.string().max(16_384).nullable(),
  stacks: z.array(SynthStack).max(2000),
  /** Milliseconds per step. */
  timings: z.record(z.string(), z.number()),
});
export type SynthOutcome = z.infer<typeof SynthOutcome>;

/** Answer of `PUT synths/{key}/stacks?attempt=`. */
export const SynthUpload = z.object({ digest, size: z.int() });
