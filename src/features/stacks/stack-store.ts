import type { StackTable } from '../../platform/db/schema.ts';
import type { Tx } from '../runs/index.ts';

/** The part of the stacks' rows that processing a head reads and writes, in its transaction. */
export interface StackStore {
  /** Rows of the repository, deleted ones too. */
  ofRepository(tx: Tx, repository: string): Promise<StackTable[]>;
  /** Rows of the repository that have one of these names, are held, or wait for the end of what they made. */
  unsettled(tx: Tx, repository: string, names: readonly string[]): Promise<StackTable[]>;
  /** How many rows of the repository are neither held nor deleted. */
  countSettled(tx: Tx, repository: string): Promise<number>;
  /** Of these names, those that another repository's stack has, with why they are not free. */
  takenElsewhere(tx: Tx, repository: string, names: readonly string[]): Promise<Map<string, string>>;
  /** Of these names, those that may stand for something in the world although nothing was applied to its end. */
  bound(tx: Tx, names: readonly string[]): Promise<Set<string>>;
  /** Of these names, those of which a run moves. */
  busy(tx: Tx, names: readonly string[]): Promise<Set<string>>;
  /** Everything of a stack goes on under another name. */
  rename(tx: Tx, from: string, to: string): Promise<void>;
  /** Inserts or replaces rows by name; keeps `applied_*`, `blocked` and `created_at` of those that are there. */
  save(tx: Tx, rows: readonly StackTable[]): Promise<void>;
}
