import type { Lock } from '../../src/features/locks/lock.ts';
import type { Blocked, Freeze } from '../../src/features/runs/approval-decision.ts';
import { newRun } from '../../src/features/runs/new-run.ts';
import { isHeldByWorker, violationsOf } from '../../src/features/runs/run-invariants.ts';
import type { StateMark } from '../../src/features/state/write-decision.ts';
import {
  isEnded,
  isMoving,
  isOpen,
  RUN_TRANSITIONS,
  type RunStatus,
  type Trigger,
} from '../../src/kernel/run-status.ts';
import { canMove } from '../../src/kernel/transitions.ts';
import type { RunTable } from '../../src/platform/db/schema.ts';

export const LEASE_MS = 30;
export const STACK = 's';

/** A stored state, and which resources are in it. */
export interface SimState extends StateMark {
  readonly run: string | null;
  readonly names: ReadonlySet<string>;
}

/** A terraform that applies. It outlives everybody. */
export interface SimEngine {
  readonly run: string;
  readonly lockId: string;
  /** What the plan wants to make. */
  readonly wanted: readonly string[];
  readonly base: SimState | null;
  step: 'begun' | 'locked' | 'ended';
  readonly made: string[];
  /** Begun, and neither made nor failed, at the moment of its death. */
  creating: string | null;
  failed: number;
  serial: number;
  signalled: boolean;
  exitCode: number | null;
  hasSummary: boolean;
  /** What it could not save: `errored.tfstate`. */
  errored: SimState | null;
}

/** What lies in a worker's root: it survives the worker. */
export interface SimDirectory {
  readonly run: string;
  attempt: number;
  readonly phase: 'plan' | 'apply';
  engine: SimEngine | null;
  /** Its end is told and acknowledged, or the run is somebody else's. */
  isSpent: boolean;
}

export interface SimWorker {
  readonly name: string;
  readonly root: string;
  isUp: boolean;
  seenAt: number;
  directories: SimDirectory[];
}

/** One stack, everything that happens to it, and a virtual clock. */
export interface SimWorld {
  now: number;
  ids: number;
  head: string;
  runs: RunTable[];
  lock: Lock | null;
  state: SimState | null;
  blocked: Blocked | null;
  freeze: Freeze | null;
  /** Runs whose tokens have ended. */
  readonly ended: Set<string>;
  readonly workers: SimWorker[];
  readonly engines: SimEngine[];
  /** Everything that was ever made, as the world knows it. */
  readonly sideLog: string[];
  readonly ledger: Set<string>;
  /** Made by applies whose end nobody knows: a person was told to look. */
  readonly doubtful: Set<string>;
  /** Every status that a run ever had. */
  readonly history: Map<string, RunStatus[]>;
  readonly seen: Map<string, number>;
}

/** The door refused: what wanted it does nothing. */
export class Refused extends Error {}

export function makeWorld(): SimWorld {
  const worker = (name: string, root: string): SimWorker => ({ name, root, isUp: true, seenAt: 0, directories: [] });
  return {
    ...{ now: 1000, ids: 0, head: 'h0', runs: [], lock: null, state: null, blocked: null, freeze: null },
    ...{ ended: new Set(), engines: [], sideLog: [], ledger: new Set(), doubtful: new Set() },
    workers: [worker('w1', '/a'), worker('w2', '/b')],
    history: new Map(),
    seen: new Map(),
  };
}

export function count(world: SimWorld, what: string): void {
  world.seen.set(what, (world.seen.get(what) ?? 0) + 1);
}

export function nextId(world: SimWorld, prefix: string): string {
  world.ids++;
  return `${prefix}${String(world.ids).padStart(6, '0')}`;
}

export function openRun(world: SimWorld, trigger: Trigger): RunTable {
  const run = newRun({
    id: nextId(world, 'r'),
    ...{ stack: STACK, repository: 'infra', commit: world.head, base: null, kind: 'plan', trigger, speculative: false },
    ...{ author: null, message: null, reasons: [], specDigest: 'spec', inputsDigest: world.head, at: world.now },
  });
  world.runs.push(run);
  world.history.set(run.id, ['queued']);
  return run;
}

/** The door, in short: the table, the invariants, the lease. */
export function move(world: SimWorld, run: RunTable, to: RunStatus, set: Partial<RunTable> = {}): void {
  if (!canMove(RUN_TRANSITIONS, run.status, to)) throw new Refused(`${run.status} -> ${to}`);
  const after = { ...run, ...set, status: to, updated_at: world.now, finished_at: isEnded(to) ? world.now : null };
  if (!isHeldByWorker(to)) after.lease_until = null;
  const wrong = violationsOf(after);
  if (wrong.length > 0) throw new Error(`run ${run.id} as ${to} lacks ${wrong.join(', ')}`);
  Object.assign(run, after, { version: run.version + 1 });
  world.history.get(run.id)?.push(to);
  count(world, to);
}

export const open = (world: SimWorld) => world.runs.filter(({ status }) => isOpen(status));
export const moving = (world: SimWorld) => world.runs.filter(({ status }) => isMoving(status));
export const inStatus = (world: SimWorld, ...statuses: RunStatus[]) =>
  world.runs.filter(({ status }) => statuses.includes(status));

/** The named run; it exists. */
export function runOf(world: SimWorld, id: string): RunTable {
  const run = world.runs.find((candidate) => candidate.id === id);
  if (!run) throw new Error(`there is no run ${id}`);
  return run;
}
