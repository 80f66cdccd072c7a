import type { Phase } from '../../kernel/run-status.ts';

/** State tokens, stored hashed; their rights follow the run's status at each request. */
export interface RunTokenTable {
  digest: string;
  run: string;
  stack: string;
  phase: Phase;
  created_at: number;
  /** Set when the run's end is proven. */
  ended_at: number | null;
}

export interface StateVersionTable {
  stack: string;
  serial: number;
  lineage: string;
  /** SHA-256 and MD5 of the clear bytes. */
  digest: string;
  md5: string;
  size: number;
  path: string;
  run: string | null;
  /** Who wrote it: a run's worker, or the token's name. */
  who: string;
  terraform_version: string | null;
  /** Order of writing within the stack, from 1. */
  sequence: number;
  created_at: number;
  /** Name of the stack when the bytes were sealed, where it is another one now. */
  sealed_as: string | null;
}

export interface LockTable {
  stack: string;
  /** Null for a foreign holder (a person's laptop). */
  run: string | null;
  /** terraform's lock id. */
  lock_id: string;
  /** Text of the holder. */
  holder: string;
  operation: string;
  /** terraform's lock info as it was sent (JSON). */
  info: string;
  since: number;
}
