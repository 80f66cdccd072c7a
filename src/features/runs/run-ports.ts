import type { Kysely, Transaction } from 'kysely';
import type { RunStatus } from '../../kernel/run-status.ts';
import type { ChangeReason, StackEntry } from '../../kernel/stack-entry.ts';
import type { DatabaseSchema, RunTable } from '../../platform/db/schema.ts';
import type { RunSpec } from './run-spec.ts';

export type Tx = Transaction<DatabaseSchema>;
/** For what only reads: a transaction, or none. */
export type Reader = Kysely<DatabaseSchema>;

/** One stack that a head touches, ready to become a run. */
export interface AffectedStack {
  readonly entry: StackEntry;
  readonly spec: RunSpec;
  readonly inputsDigest: string;
  readonly reasons: readonly ChangeReason[];
  /** file:line and reason where its configuration does not parse: the run is made and fails with it. */
  readonly unreadable: string | null;
}

/** A stack that nothing may be planned for now, and why. */
export interface GoneStack {
  readonly stack: string;
  readonly reason: string;
  /** Its directory is there again: a destroy that waits is taken back, too. */
  readonly isBack?: boolean;
}

/** A stack whose directory is gone from the head, and that made something. */
export interface DeletedStack {
  readonly name: string;
  readonly reasons: readonly ChangeReason[];
  /** The stack as it was at the head before, for one of which nothing was ever applied to its end. */
  readonly fallback: { readonly commit: string; readonly spec: RunSpec; readonly inputsDigest: string } | null;
}

/** What one processed head means for runs. */
export interface HeadRuns {
  readonly repository: string;
  readonly commit: string;
  readonly base: string | null;
  readonly author: string;
  readonly message: string;
  readonly affected: readonly AffectedStack[];
  /** Stacks that nothing may be planned for now: their directory is gone, or they are held. */
  readonly gone?: readonly GoneStack[];
  /** Stacks of which a destroy is planned. */
  readonly deleted?: readonly DeletedStack[];
}

/**
 * Makes runs for a head in the transaction that marks it processed: per affected stack a queued run, older queued and
 * waiting runs of the stack superseded where its inputs digest moved. Implemented by `run-service.ts`.
 */
export interface RunPlanner {
  planHead(tx: Tx, head: HeadRuns): Promise<{ created: string[]; superseded: string[] }>;
  /** Takes back what waits for these stacks. */
  takeBack(tx: Tx, gone: readonly GoneStack[]): Promise<string[]>;
  /** Rings the doorbell; called after the transaction has committed. */
  ring(): void;
}

/** One passage through the door, as listeners see it, inside its transaction. */
export interface RunTransition {
  readonly run: RunTable;
  /** null: the run was just created. */
  readonly from: RunStatus | null;
  readonly to: RunStatus;
  readonly actor: string;
  readonly at: number;
}

/** Told of every transition within its transaction (notifications write their rows here). A throw rolls all back. */
export interface RunListener {
  onTransition(tx: Tx, transition: RunTransition): Promise<void>;
}
