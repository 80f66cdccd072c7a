import type { StackEntry } from '../../kernel/stack-entry.ts';
import type { RunTable } from '../../platform/db/schema.ts';
import type { Blocked } from './approval-decision.ts';
import type { Reader, Tx } from './run-ports.ts';

/** What applies know of a stack. */
export interface StackMark {
  readonly repository: string;
  readonly entry: StackEntry;
  readonly blocked: Blocked | null;
}

/** The commit and the spec that a stack was last applied with, or was to be where its apply broke off. */
export interface LastApplied {
  readonly run: string | null;
  readonly commit: string;
  readonly specDigest: string;
}

/** The part of a stack's row that applies write. */
export interface StackMarks {
  /** null where there is no such stack; deleted ones count. */
  find(db: Reader, stack: string): Promise<StackMark | null>;
  /** Blocks or frees a stack for applies; false where there is no such stack. */
  setBlocked(tx: Tx, stack: string, blocked: Blocked | null, at: number): Promise<boolean>;
  /**
   * What was applied last, or found to be so already. A destroy leaves nothing, and retires a stack whose directory is
   * gone; a refresh applies nothing of a commit.
   */
  setApplied(tx: Tx, run: RunTable, at: number): Promise<void>;
  /** What a destroy is planned with; null where nothing was ever applied, or nothing is left of it. */
  lastApplied(db: Reader, stack: string): Promise<LastApplied | null>;
  /** Holds a stack, with why, or lets it go. */
  setHeld(tx: Tx, stack: string, held: string | null, at: number): Promise<void>;
  /** Whether the newest run before this one that ended by itself (drift and speculative ones left out) failed. */
  previousFailed(db: Reader, run: RunTable): Promise<boolean>;
}
