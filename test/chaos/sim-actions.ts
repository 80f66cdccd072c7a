import type { RunTable } from '../../src/platform/db/schema.ts';
import * as control from './sim-control.ts';
import { finishEngine, killEngine, lockState, makeThing, postState, startEngine } from './sim-engine.ts';
import { applyEnds } from './sim-report.ts';
import {
  count,
  inStatus,
  LEASE_MS,
  move,
  runOf,
  type SimDirectory,
  type SimEngine,
  type SimWorker,
  type SimWorld,
  STACK,
} from './sim-world.ts';

export type Next = () => number;
type Action = (world: SimWorld, next: Next) => void;

const one = <T>(list: readonly T[], next: Next): T | undefined => list[Math.floor(next() * list.length)];
const engineOf = (world: SimWorld) => (run: string) => world.engines.findLast((engine) => engine.run === run);
const alive = (world: SimWorld) => world.engines.filter(({ step }) => step !== 'ended');
const upWorkers = (world: SimWorld) => world.workers.filter(({ isUp }) => isUp);

/** Everything that can happen, with how often. */
export const ACTIONS: readonly (readonly [weight: number, name: string, action: Action])[] = [
  [4, 'time', (world, next) => pass(world, next)],
  [0.2, 'long time', (world) => set(world, { now: world.now + 11 * LEASE_MS })],
  [2, 'push', (world, next) => control.push(world, `h${Math.floor(next() * 4)}`)],
  [12, 'claim', (world, next) => claim(world, next)],
  [12, 'plan ends', (world, next) => onDirectory(world, next, 'plan', (run, told) => planEnds(world, run, told, next))],
  [12, 'approve', (world, next) => approve(world, next)],
  [0.3, 'discard', (world, next) => onRun(waiting(world, next), (run) => move(world, run, 'discarded'))],
  [0.3, 'cancel', (world, next) => onRun(one(world.runs.slice(-3), next), (run) => cancel(world, run))],
  [1, 'retry', (world, next) => onRun(failed(world, next), () => void control.replan(world, 'retry'))],
  [0.3, 'freeze', (world, next) => set(world, { freeze: next() < 0.2 ? { reason: null, by: 'ana', since: 1 } : null })],
  [1, 'unblock', (world) => set(world, { blocked: null })],
  [3, 'sweep', (world) => control.sweep(world, engineOf(world))],
  [0.5, 'worker dies', (world, next) => onWorker(world, next, (worker) => set(worker, { isUp: false }))],
  [2, 'worker is back', (world, next) => onRun(away(world, next), (worker) => restart(world, worker))],
  [0.5, 'unlock', (world, next) => void control.unlock(world, engineOf(world), next() < 0.5)],
  [0.3, 'laptop', (world, next) => laptop(world, next)],
  [10, 'engine starts', (world, next) => onDirectory(world, next, 'apply', (_run, told) => start(world, told, next))],
  [20, 'engine', (world, next) => onRun(one(alive(world), next), (engine) => stepEngine(world, engine, next))],
  [0.5, 'engine dies', (world, next) => onRun(one(alive(world), next), (engine) => kill(world, engine, next))],
  [
    10,
    'apply ends',
    (world, next) => onDirectory(world, next, 'apply', (run, told) => tellEnd(world, run, told, next)),
  ],
  [1, 'old report', (world, next) => oldReport(world, next)],
];

const waiting = (world: SimWorld, next: Next) => one(inStatus(world, 'awaiting_approval', 'approved'), next);
const failed = (world: SimWorld, next: Next) => one(inStatus(world, 'failed', 'stale', 'discarded'), next);
const away = (world: SimWorld, next: Next) =>
  one(
    world.workers.filter(({ isUp }) => !isUp),
    next,
  );

/** Mostly what waits, and now and then anything. */
function approve(world: SimWorld, next: Next): void {
  const run = next() < 0.8 ? waiting(world, next) : one(world.runs.slice(-4), next);
  if (run) control.approve(world, run, next() < 0.9 ? 'p' : 'old');
}

function claim(world: SimWorld, next: Next): void {
  onWorker(world, next, (worker) => control.claim(world, worker, next() < 0.7 ? 'plan' : 'apply'));
}

/** That nothing was begun is told by a worker that begins nothing. */
function tellEnd(world: SimWorld, run: RunTable, told: SimDirectory, next: Next): void {
  if (told.engine !== null || next() < 0.05) applyEnds(world, run, told);
}

function kill(world: SimWorld, engine: SimEngine, next: Next): void {
  killEngine(world, engine, next() < 0.5, next() < 0.7);
}

/** Most of the time passes in steps that are shorter than a lease; now and then nobody is heard. */
function pass(world: SimWorld, next: Next): void {
  world.now += Math.ceil(next() * LEASE_MS * 0.8);
  if (next() < 0.9) for (const worker of upWorkers(world)) control.heartbeat(world, worker);
}

function set<T extends object>(thing: T, change: Partial<T>): void {
  Object.assign(thing, change);
}

function onRun<T>(thing: T | undefined, act: (thing: T) => void): void {
  if (thing !== undefined) act(thing);
}

function onWorker(world: SimWorld, next: Next, act: (worker: SimWorker) => void): void {
  onRun(one(upWorkers(world), next), act);
}

/** A directory of a worker that is up, whose run may be reported about. */
function onDirectory(
  world: SimWorld,
  next: Next,
  phase: 'plan' | 'apply',
  act: (run: RunTable, told: SimDirectory) => void,
) {
  const all = upWorkers(world).flatMap(({ directories }) => directories);
  const told = one(
    all.filter((directory) => !directory.isSpent && directory.phase === phase),
    next,
  );
  if (!told) return;
  const run = runOf(world, told.run);
  if (isFenced(run, told)) told.isSpent = true;
  else act(run, told);
}

function isFenced(run: RunTable, told: SimDirectory): boolean {
  return run.attempt !== told.attempt || (run.lease_until === null && run.status !== 'interrupted');
}

function planEnds(world: SimWorld, run: RunTable, told: SimDirectory, next: Next): void {
  const add = next() < 0.8 ? 1 + Math.floor(next() * 3) : 0;
  control.planEnds(world, run, { add, failed: next() < 0.1, seen: world.state?.serial ?? 0 });
  told.isSpent = true;
}

function cancel(world: SimWorld, run: RunTable): void {
  const isHeld = run.lease_until !== null || run.status === 'interrupted';
  if (!isHeld) {
    move(world, run, 'canceled');
    return;
  }
  run.cancel_at ??= world.now;
  const engine = engineOf(world)(run.id);
  if (engine && engine.step !== 'ended') engine.signalled = true;
}

function start(world: SimWorld, told: SimDirectory, next: Next): void {
  if (told.engine !== null || next() < 0.1) return;
  told.engine = startEngine(world, told.run, 1 + Math.floor(next() * 3));
}

function stepEngine(world: SimWorld, engine: SimEngine, next: Next): void {
  const isMore = engine.made.length + engine.failed < engine.wanted.length;
  if (engine.step === 'begun') lockState(world, engine);
  else if (isMore && !engine.signalled && next() < 0.7) makeThing(world, engine, next() < 0.1);
  else if (engine.made.length > 0 && next() < 0.3) postState(world, engine);
  else if (!isMore || engine.signalled) finishEngine(world, engine, next);
}

/** Offers what lies in its root, as a new process does. */
function restart(world: SimWorld, worker: SimWorker): void {
  worker.isUp = true;
  worker.seenAt = world.now;
  for (const directory of worker.directories) {
    if (!directory.isSpent && !control.adopt(world, worker, directory)) directory.isSpent = true;
  }
}

function laptop(world: SimWorld, next: Next): void {
  const isMine = world.lock !== null && world.lock.run === null;
  if (isMine && next() < 0.7) world.lock = null;
  else if (!world.lock) {
    world.lock = {
      stack: STACK,
      run: null,
      lock_id: 'bob',
      holder: 'bob',
      operation: 'apply',
      info: '{}',
      since: world.now,
    };
  } else if (isMine) {
    const { serial, names } = world.state ?? { serial: 0, names: new Set<string>() };
    world.state = { serial: serial + 1, lineage: 'l', digest: `bob ${serial + 1}`, run: null, names };
  }
}

/** Somebody who was given up long ago reports: it must be seen that he is. */
function oldReport(world: SimWorld, next: Next): void {
  const all = world.workers.flatMap(({ directories }) => directories).filter(({ isSpent }) => isSpent);
  const old = one(all, next);
  if (old && !isFenced(runOf(world, old.run), old)) throw new Error(`a spent directory of ${old.run} is not fenced`);
  if (old) count(world, 'fenced');
}
