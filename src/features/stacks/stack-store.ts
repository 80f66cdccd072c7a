import type { StackTable } from '../../platform/db/schema.ts';
import type { Tx } from '../runs/index.ts';

/** Rows of stacks. Deleted ones stay, with `deleted_at`. */
export interface StackStore {
  /** All rows of a repository, deleted ones too. */
  ofRepository(tx: Tx, repository: string): Promise<StackTable[]>;
  /** Of these names, those that belong to other repositories and are not deleted, with their repository. */
  takenElsewhere(tx: Tx, repository: string, names: readonly string[]): Promise<Map<string, string>>;
  /** Inserts or replaces whole rows by name. */
  save(tx: Tx, rows: readonly StackTable[]): Promise<void>;
}
