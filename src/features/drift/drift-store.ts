import type { StackDrift } from '../../kernel/stack-entry.ts';
import type { DriftReportTable, DriftStackTable } from '../../platform/db/drift-tables.ts';
import type { RunTable } from '../../platform/db/schema.ts';
import type { Reader, Tx } from '../runs/index.ts';
import type { DueStack } from './due-checks.ts';
import type { Finding, Settled } from './finding.ts';

/** What is known of a stack's drift. */
export type DriftStack = DriftStackTable;

/** What a stack's row says that matters here; read from the head. */
export interface WatchedStack {
  readonly name: string;
  readonly repository: string;
  readonly dir: string;
  readonly settings: StackDrift | null;
  readonly inputsDigest: string;
}

/** Stacks and their checks. */
export interface DriftStackStore {
  find(db: Reader, stack: string): Promise<DriftStack | null>;
  save(tx: Tx, row: DriftStack): Promise<void>;
  remove(tx: Tx, stack: string): Promise<void>;
  /** The stack at the head; null where it is gone or held. */
  watched(db: Reader, stack: string): Promise<WatchedStack | null>;
  /** Stacks in name order after `cursor` whose row changed since `since`; deleted and held ones left out. */
  watchedSince(since: number, cursor: string | null, limit: number): Promise<WatchedStack[]>;
  /** All rows, by stack, after `cursor`. */
  page(cursor: string | null, limit: number): Promise<DriftStack[]>;
  /** Rows of these stacks. */
  of(db: Reader, stacks: readonly string[]): Promise<DriftStack[]>;
  /** Stacks whose check is due at `now` (gone and held ones left out), those due longest first. */
  due(now: number, limit: number): Promise<DueStack[]>;
  /** When the next check is due that is not now; null where none is. */
  nextAfter(now: number): Promise<number | null>;
  /** Checks that are open and do not stand behind another run of their stack. */
  openChecks(): Promise<number>;
  /** Whether any other check than this one has not ended. */
  isCheckOpen(db: Reader, but: string): Promise<boolean>;
  setNext(tx: Tx, stack: string, at: number): Promise<void>;
  setEvery(tx: Tx, stack: string, everyMs: number, nextAt: number): Promise<void>;
  /** The runs of kind drift of the stack that have not ended. */
  openRuns(db: Reader, stack: string): Promise<RunTable[]>;
  /** How many stacks are checked, and how many began to drift or fail since `since`. */
  burst(db: Reader, since: number): Promise<{ readonly total: number; readonly troubled: number }>;
  /** Drifted stacks whose entry asks to be put right by itself, those drifted longest first. */
  remediable(limit: number): Promise<readonly { readonly stack: string }[]>;
  /** Names of those that began to, newest first. */
  troubledSince(db: Reader, since: number, limit: number): Promise<string[]>;
}

/** Findings of stacks. */
export interface FindingStore {
  /** Open findings of the stack, by address. */
  open(db: Reader, stack: string): Promise<Finding[]>;
  find(db: Reader, id: string): Promise<Finding | null>;
  /** Open findings of all stacks, by stack and address, at most `limit`. */
  allOpen(limit: number): Promise<Finding[]>;
  /** Forgets findings that cleared before. */
  prune(before: number): Promise<void>;
  settle(tx: Tx, settled: Settled): Promise<void>;
  clearAll(tx: Tx, stack: string, at: number): Promise<void>;
  /** Notes that people were told of these as they are. */
  markTold(tx: Tx, findings: readonly Finding[]): Promise<void>;
  acknowledge(tx: Tx, ids: readonly string[], ack: Acknowledgement | null): Promise<void>;
  /** Notes that a plan was made to put the open findings of the stack right. */
  markRemediated(tx: Tx, stack: string, at: number): Promise<void>;
  /** Open findings of the stack that were put right by themselves since `since`, with how often (cleared ones of the same drift). */
  returns(
    db: Reader,
    stack: string,
    since: number,
  ): Promise<readonly { readonly address: string; readonly times: number }[]>;
}

export interface Acknowledgement {
  readonly by: string;
  readonly reason: string;
  readonly at: number;
  readonly until: number | null;
}

/** A value of the instance that outlives it: `drift.…` in the table `meta`. */
export interface DriftMeta {
  get(db: Reader, key: string): Promise<string | null>;
  set(tx: Reader, key: string, value: string | null): Promise<void>;
}

/** Reports that were sent. */
export interface ReportStore {
  add(tx: Tx, report: DriftReportTable): Promise<void>;
  newest(): Promise<DriftReportTable | null>;
  prune(before: number): Promise<void>;
}
