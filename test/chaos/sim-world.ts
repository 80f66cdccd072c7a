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
  readonly world: SimWorld;
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
  /** Counts its processes. */
  life: number;
  seenAt: number;
  directories: SimDirectory[];
  /** Claims that were asked for and not begun, by id: files in its root. */
  notes: string[];
}

/** What a claim was given; no run: it was made void. */
export interface SimClaim {
  readonly world: SimWorld | null;
  readonly run: string;
  readonly attempt: number;
  readonly phase: 'plan' | 'apply';
}

/** A request on its way; it may come late, twice, or when its sender is dead. */
export interface SimMail {
  readonly from: SimWorker;
  readonly life: number;
  /** How often it was sent. */
  tries: number;
  /** Arrives. What it answers acts on the sender, if he hears it. */
  deliver(): (tries: number) => void;
}

/** One of two processes over one database. */
export interface SimController {
  startedAt: number;
  /** What it has looked at and not acted upon: a restart forgets it. */
  pending: (() => void)[];
  /** When it first saw that the engine of a run is dead. */
  deadSince: Map<string, number>;
}

/** One job of the queue. */
export interface SimJob {
  readonly world: SimWorld;
  readonly key: string;
  /** Who took it, in which life; null: it waits. */
  held: { readonly by: SimWorker; readonly life: number } | null;
}

/** What all stacks have in common. */
export interface SimShared {
  now: number;
  ids: number;
  freeze: Freeze | null;
  readonly workers: SimWorker[];
  readonly controllers: SimController[];
  readonly claims: Map<string, SimClaim>;
  /** Adoptions by run and attempt: the attempt they gave. */
  readonly adoptions: Map<string, number>;
  mail: SimMail[];
  jobs: SimJob[];
  readonly seen: Map<string, number>;
}

/** One stack, everything that happens to it, and a virtual clock. */
export interface SimWorld {
  readonly shared: SimShared;
  readonly stack: string;
  readonly now: number;
  head: string;
  /** Heads that were seen, and not looked at yet. */
  heads: string[];
  runs: RunTable[];
  lock: Lock | null;
  state: SimState | null;
  blocked: Blocked | null;
  /** Runs whose tokens have ended. */
  readonly ended: Set<string>;
  readonly engines: SimEngine[];
  /** Everything that was ever made, as the world knows it. */
  readonly sideLog: string[];
  readonly ledger: Set<string>;
  /** Made by applies whose end nobody knows: a person was told to look. */
  readonly doubtful: Set<string>;
  /** Every status that a run ever had. */
  readonly history: Map<string, RunStatus[]>;
}

/** The door refused: what wanted it does nothing. */
export class Refused extends Error {}

/** Stacks that share two controllers and three workers, two of them on one host. */
export function makeWorlds(count: number): SimWorld[] {
  const worker = (name: string, root: string): SimWorker => ({
    ...{ name, root, isUp: true, life: 0, seenAt: 0, directories: [], notes: [] },
  });
  const shared: SimShared = {
    ...{ now: 1000, ids: 0, freeze: null, mail: [], jobs: [] },
    workers: [worker('w1', '/a'), worker('w2', '/b'), worker('w3', '/c')],
    controllers: [newController(0), newController(0)],
    ...{ claims: new Map(), adoptions: new Map(), seen: new Map() },
  };
  return Array.from({ length: count }, (_, nth) => ({
    shared,
    stack: `s${nth}`,
    get now() {
      return shared.now;
    },
    ...{ head: 'h0', heads: ['h1'], runs: [], lock: null, state: null, blocked: null },
    ...{ ended: new Set(), engines: [], sideLog: [], ledger: new Set(), doubtful: new Set() },
    history: new Map(),
  }));
}

/** A process that knows nothing yet. */
export function newController(startedAt: number): SimController {
  return { startedAt, pending: [], deadSince: new Map() };
}

export function count(world: SimWorld, what: string): void {
  world.shared.seen.set(what, (world.shared.seen.get(what) ?? 0) + 1);
}

export function nextId(world: SimWorld, prefix: string): string {
  const { shared } = world;
  shared.ids++;
  return `${prefix}${String(shared.ids).padStart(6, '0')}`;
}

export function openRun(world: SimWorld, trigger: Trigger, head: string): RunTable {
  const run = newRun({
    id: nextId(world, 'r'),
    ...{ stack: world.stack, repository: 'infra', commit: head, base: null, kind: 'plan', trigger, speculative: false },
    ...{ author: null, message: null, reasons: [], specDigest: 'spec', inputsDigest: head, at: world.now },
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
