import type { RunTable, StackTable } from '../../platform/db/schema.ts';
import type { Reader, Tx } from '../runs/index.ts';
import type { AwaitedRun } from './decide-waits.ts';
import type { Dependency } from './dependency.ts';

/** A stack whose apply may have changed outputs that others read. */
export interface DueOutputs {
  readonly stack: string;
  readonly run: string;
}

/** Rows of dependencies, and what runs and stacks hold about them. */
export interface DependencyStore {
  all(db: Reader): Promise<Dependency[]>;
  /** Whether the stack needs another, or is needed. */
  isIn(db: Reader, stack: string): Promise<boolean>;
  /** Stacks that need this one and are still there, by name. */
  dependants(db: Reader, stack: string): Promise<string[]>;
  /** Makes the dependencies of a repository's stacks these; of others (`isOver`: not), what is left of them stays. */
  replace(
    tx: Tx,
    change: { repository: string; wanted: readonly Dependency[]; isOver: (stack: string) => boolean },
  ): Promise<void>;
  /** Names of stacks of which something is left. */
  known(db: Reader, names: readonly string[]): Promise<Set<string>>;
  /** Queued plans and destroys of these stacks, and whatever else waits. */
  queued(tx: Tx, stacks: readonly string[]): Promise<RunTable[]>;
  /** Runs of these stacks that have not ended, drift checks left out; oldest first. */
  open(tx: Tx, stacks: readonly string[]): Promise<RunTable[]>;
  runs(tx: Tx, ids: readonly string[]): Promise<RunTable[]>;
  rows(tx: Tx, stacks: readonly string[]): Promise<StackTable[]>;
  setWaits(
    tx: Tx,
    run: RunTable,
    waits: { on: readonly AwaitedRun[]; provisional: string | null; at: number },
  ): Promise<void>;
  /** Runs that have waited since before `before`, and of which nobody was told. */
  longWaits(tx: Tx, before: number): Promise<RunTable[]>;
  setTold(tx: Tx, run: string, at: number): Promise<void>;
  /** The newest run that reads the stack's outputs, made at `since` or later; null: the newest that read them. */
  newestReading(db: Reader, stack: string, since: number | null): Promise<RunTable | null>;
  /** Runs that have read the stack's outputs, newest first, at most `limit`. */
  readings(db: Reader, stack: string, limit: number): Promise<RunTable[]>;
  /** Whether a plan of the stack was begun at `since` or later: it has read what was there then. */
  isPlannedSince(tx: Tx, stack: string, since: number): Promise<boolean>;
  setDue(tx: Tx, stack: string, run: string): Promise<void>;
  due(db: Reader): Promise<DueOutputs[]>;
  /** Forgets it, unless another apply came in between. */
  clearDue(tx: Tx, due: DueOutputs): Promise<void>;
}
