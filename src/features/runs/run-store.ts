import type { Phase, RunKind, RunStatus } from '../../kernel/run-status.ts';
import type { RunTable } from '../../platform/db/schema.ts';
import type { Reader, Tx } from './run-ports.ts';
import type { RunSpec } from './run-spec.ts';

export interface RunPage {
  readonly runs: readonly RunTable[];
  readonly next: string | null;
}

export interface RunFilter {
  readonly stack?: string;
  readonly statuses?: readonly RunStatus[];
  readonly kinds?: readonly RunKind[];
}

/** A run that could be claimed now, in short. */
export interface Admissible {
  readonly id: string;
  readonly stack: string;
  readonly phase: Phase;
  readonly attempt: number;
  /** Of an apply: the root under which its working copy lies. */
  readonly root?: string;
}

/** Which runs a claim or a doorbell is about; both together: everything. */
export interface AdmissibleFilter {
  readonly plans: boolean;
  /** `root`: only applies whose working copy lies under this root. */
  readonly applies: false | { readonly root?: string };
}

/** What outside the door may read of runs. Writing goes through `run-door.ts`. */
export interface RunReader {
  find(id: string): Promise<RunTable | null>;
  list(filter: RunFilter, limit: number, cursor: string | null): Promise<RunPage>;
  /** Runs that a worker could claim now (no moving run of their stack), best first, at most `limit`. */
  admissible(limit: number, which?: AdmissibleFilter): Promise<Admissible[]>;
  /** Runs under a lease that ended before `before`. */
  expiredLeases(before: number, limit: number): Promise<RunTable[]>;
  /** Inside a transaction it must be given: the embedded database has one connection. */
  spec(digest: string, db?: Reader): Promise<RunSpec | null>;
  /** Stacks' open runs (any status that has not ended), newest first. */
  openOf(stacks: readonly string[]): Promise<RunTable[]>;
  countByStatus(): Promise<Readonly<Record<string, number>>>;
}

/** What the door and the planner do in a transaction. */
export interface RunWriter {
  insert(tx: Tx, run: RunTable): Promise<void>;
  /** One guarded UPDATE by (id, status, version); false where no row matched. */
  update(tx: Tx, before: RunTable, after: RunTable): Promise<boolean>;
  findIn(tx: Tx, id: string): Promise<RunTable | null>;
  openIn(tx: Tx, stack: string): Promise<RunTable[]>;
  saveSpec(tx: Tx, spec: RunSpec, at: number): Promise<string>;
  /** Inputs digest of the stack at the last processed head; null where it is unknown, deleted or held. */
  headDigest(db: Reader, stack: string): Promise<string | null>;
  /** Renews the lease where (id, attempt, worker) still holds it, or holds an interrupted apply; answers the run, or null. */
  renewLease(tx: Tx, ref: { run: string; attempt: number; worker: string }, until: number): Promise<RunTable | null>;
  /** Notes a wish to cancel; changes no status. */
  requestCancel(tx: Tx, id: string, actor: string, at: number): Promise<boolean>;
  setLogSize(tx: Tx, id: string, size: number): Promise<void>;
  /** Notes what was learned of an apply's end after it was given up: a run that has an end keeps it. Changes no status. */
  noteLateEnd(tx: Tx, id: string, late: { end: string; nextStep: string; at: number }): Promise<void>;
  /** Notes the engine's process (JSON) of an attempt; changes no status. */
  setProcess(tx: Tx, ref: { run: string; attempt: number }, process: string): Promise<void>;
}

export type RunStore = RunReader & RunWriter;
