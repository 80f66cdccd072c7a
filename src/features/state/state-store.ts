import type { Selectable } from 'kysely';
import type { StateVersionTable } from '../../platform/db/schema.ts';
import type { Reader, Tx } from '../locks/index.ts';

/** One kept version of a stack's state. */
export type StateVersion = Selectable<StateVersionTable>;

/** Rows of state versions. The bytes lie in the artifact store. */
export interface StateStore {
  /** The current version; null only where no version ever existed. */
  latest(db: Reader, stack: string): Promise<StateVersion | null>;
  find(db: Reader, stack: string, serial: number): Promise<StateVersion | null>;
  /** Newest first; those with a sequence below `before`, where it is given. */
  list(db: Reader, stack: string, limit: number, before: number | null): Promise<StateVersion[]>;
  /** Throws where the stack has a version of this sequence. */
  append(tx: Tx, version: StateVersion): Promise<void>;
  /** Removes all but the newest `keep` (at least one stays, so that it is known for ever that there was a state). */
  prune(tx: Tx, stack: string, keep: number): Promise<StateVersion[]>;
  /** Those of the paths that a version names. */
  knownPaths(db: Reader, paths: readonly string[]): Promise<Set<string>>;
  /** A run of the stack that has not ended, or null. */
  openRun(db: Reader, stack: string): Promise<string | null>;
}
