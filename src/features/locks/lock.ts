import type { Kysely, Selectable, Transaction } from 'kysely';
import type { DatabaseSchema, LockTable } from '../../platform/db/schema.ts';

/** The lock of one stack. Without a time to live: it goes when its holder says so, or is proven dead. */
export type Lock = Selectable<LockTable>;

/**
 * `lock_id` of a lock that a run took with its claim and whose terraform has not locked yet, or has unlocked already:
 * nobody else may lock, and nothing may be written.
 */
export const UNBOUND = '';

/** Who asks: a run, or a person's token. */
export interface LockCaller {
  readonly run: string | null;
  /** As the audit names it: `token:ci`, `run:01h…`. */
  readonly actor: string;
}

export type Tx = Transaction<DatabaseSchema>;
/** For what only reads: a transaction, or none. */
export type Reader = Kysely<DatabaseSchema>;
