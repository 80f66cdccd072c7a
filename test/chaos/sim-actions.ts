import * as control from './sim-control.ts';
import { killEngine } from './sim-engine.ts';
import { lookAround, unlock } from './sim-recovery.ts';
import { cancel, carry, deliver, hear, isFenced, type Next, one, restart, ring, stepEngine } from './sim-work.ts';
import {
  count,
  inStatus,
  LEASE_MS,
  move,
  newController,
  type SimShared,
  type SimWorker,
  type SimWorld,
} from './sim-world.ts';

type Action = (world: SimWorld, next: Next) => void;

const alive = (world: SimWorld) => world.engines.filter(({ step }) => step !== 'ended');
const up = ({ workers }: SimShared) => workers.filter(({ isUp }) => isUp);
const down = ({ workers }: SimShared) => workers.filter(({ isUp }) => !isUp);

/** Everything that can happen, with how often. */
export const ACTIONS: readonly (readonly [weight: number, name: string, action: Action])[] = [
  [5, 'time', ({ shared }, next) => pass(shared, next)],
  [1.2, 'long time', ({ shared }) => set(shared, { now: shared.now + 11 * LEASE_MS })],
  [1.8, 'push', (world, next) => void world.heads.push(`h${Math.floor(next() * 4)}`)],
  [5, 'a head is processed', (world) => control.processHead(world)],
  [8, 'ring', (world) => ring(world, false)],
  [20, 'a job is taken', (world, next) => takeJob(world.shared, next)],
  [24, 'mail', ({ shared }, next) => deliver(shared, next)],
  [0.3, 'FLUSHALL', ({ shared }) => set(shared, { jobs: [] })],
  [30, 'a worker works', (world, next) => work(world.shared, next)],
  [16, 'approve', (world, next) => approve(world, next)],
  [0.3, 'discard', (world, next) => on(waiting(world, next), (run) => move(world, run, 'discarded'))],
  [0.4, 'cancel', (world, next) => on(one(world.runs.slice(-3), next), (run) => stop(world, run))],
  [0.7, 'retry', (world, next) => on(failed(world, next), () => void control.replan(world, 'retry', world.head))],
  [0.3, 'freeze', ({ shared }, next) => set(shared, { freeze: next() < 0.2 ? FROZEN : null })],
  [1.5, 'unblock', (world) => set(world, { blocked: null })],
  [4, 'a sweep looks', (world, next) => on(one(world.shared.controllers, next), (of) => lookAround(world, of))],
  [8, 'a sweep acts', (world, next) => actOn(world.shared, next)],
  [0.5, 'a controller restarts', ({ shared }, next) => restartController(shared, next)],
  [1.5, 'a worker dies', (world, next) => on(one(up(world.shared), next), (worker) => set(worker, { isUp: false }))],
  [
    0.8,
    'a worker is back',
    ({ shared }, next) => on(one(down(shared), next), (worker) => restart(shared, worker, next)),
  ],
  [1, 'unlock', (world, next) => void unlock(world, next() < 0.5)],
  [0.2, 'laptop', (world, next) => laptop(world, next)],
  [30, 'engine', (world, next) => on(one(alive(world), next), (engine) => stepEngine(world, engine, next))],
  [1.5, 'engine dies', (world, next) => on(one(alive(world), next), (engine) => killIt(world, engine, next))],
  [0.7, 'an old report', (world, next) => oldReport(world.shared, next)],
];

const FROZEN = { reason: null, by: 'ana', since: 1 };

const waiting = (world: SimWorld, next: Next) => one(inStatus(world, 'awaiting_approval', 'approved'), next);
const failed = (world: SimWorld, next: Next) => one(inStatus(world, 'failed', 'stale', 'discarded'), next);

function on<T>(thing: T | undefined, act: (thing: T) => void): void {
  if (thing !== undefined) act(thing);
}

function set<T extends object>(thing: T, change: Partial<T>): void {
  Object.assign(thing, change);
}

/** Most of the time passes in steps that are shorter than a lease; now and then nobody is heard. */
function pass(shared: SimShared, next: Next): void {
  shared.now += Math.ceil(next() * LEASE_MS * 0.8);
  if (next() < 0.1) return;
  for (const worker of up(shared)) if (next() < 0.9) control.heartbeat(shared, worker);
}

function takeJob(shared: SimShared, next: Next): void {
  const [worker, job] = [
    one(up(shared), next),
    one(
      shared.jobs.filter(({ held }) => held === null),
      next,
    ),
  ];
  if (worker && job) hear(shared, worker, job, next);
}

function work(shared: SimShared, next: Next): void {
  const worker: SimWorker | undefined = one(up(shared), next);
  const open = worker?.directories.filter(({ isSpent }) => !isSpent) ?? [];
  on(one(open, next), (directory) => carry(directory, next));
}

/** Mostly what waits, and now and then anything; an outdated one is planned again at the head as it was read. */
function approve(world: SimWorld, next: Next): void {
  const run = next() < 0.8 ? waiting(world, next) : one(world.runs.slice(-4), next);
  if (!run) return;
  const digest = next() < 0.9 ? 'p' : 'old';
  if (control.approve(world, run, digest) === 'done') return;
  const { head } = world;
  on(one(world.shared.controllers, next), ({ pending }) =>
    pending.push(() => void control.approve(world, run, digest, head)),
  );
}

/** On what was seen some time ago. */
function actOn(shared: SimShared, next: Next): void {
  const controller = one(shared.controllers, next);
  const [act] = controller?.pending.splice(Math.floor(next() * controller.pending.length), 1) ?? [];
  act?.();
}

function restartController(shared: SimShared, next: Next): void {
  const controller = one(shared.controllers, next);
  if (controller) Object.assign(controller, newController(shared.now));
}

function stop(world: SimWorld, run: SimWorld['runs'][number]): void {
  cancel(world, run, () => move(world, run, 'canceled'));
}

function killIt(world: SimWorld, engine: SimWorld['engines'][number], next: Next): void {
  killEngine(world, engine, next() < 0.5, next() < 0.7);
}

function laptop(world: SimWorld, next: Next): void {
  const isMine = world.lock !== null && world.lock.run === null;
  if (isMine && next() < 0.7) world.lock = null;
  else if (!world.lock) {
    const bob = { stack: world.stack, run: null, lock_id: 'bob', holder: 'bob' };
    world.lock = { ...bob, operation: 'apply', info: '{}', since: world.now };
  } else if (isMine) {
    const { serial, names } = world.state ?? { serial: 0, names: new Set<string>() };
    world.state = { serial: serial + 1, lineage: 'l', digest: `bob ${serial + 1}`, run: null, names };
  }
}

/** Somebody who was given up long ago reports: it must be seen that he is. */
function oldReport({ workers }: SimShared, next: Next): void {
  const old = one(
    workers.flatMap(({ directories }) => directories).filter(({ isSpent }) => isSpent),
    next,
  );
  if (old && !isFenced(old)) throw new Error(`a spent directory of ${old.run} is not fenced`);
  if (old) count(old.world, 'fenced');
}
