import { isEnded } from '../../src/kernel/run-status.ts';
import * as control from './sim-control.ts';
import { lookAround } from './sim-recovery.ts';
import { carry, deliver, hear, type Next, restart, ring, stepEngine } from './sim-work.ts';
import { LEASE_MS, Refused, type SimShared, type SimWorld } from './sim-world.ts';

const ROUNDS = 60;

/** The faults are over: everything goes on by itself, nobody approves anything. Throws where a run never comes to rest. */
export function settle(worlds: readonly SimWorld[], shared: SimShared, next: Next): void {
  shared.freeze = null;
  for (const world of worlds) if (world.lock?.run === null) world.lock = null;
  for (let round = 0; round < ROUNDS; round++) {
    if (worlds.every(isAtRest) && shared.mail.length === 0) break;
    goOn(worlds, shared, next);
  }
  for (const world of worlds) for (const what of unsettled(world)) throw new Error(`never came to rest: ${what}`);
}

/** One round of everybody doing what he can. */
function goOn(worlds: readonly SimWorld[], shared: SimShared, next: Next): void {
  shared.now += LEASE_MS / 2;
  for (const worker of shared.workers) if (!worker.isUp) restart(shared, worker, next);
  for (const worker of shared.workers) if (worker.isUp) control.heartbeat(shared, worker);
  for (const world of worlds) {
    while (world.heads.length > 0) control.processHead(world);
    for (const controller of shared.controllers) lookAround(world, controller);
  }
  for (const { pending } of shared.controllers) for (const act of pending.splice(0)) attempt(act);
  for (const world of worlds) ring(world, true);
  // In turn, so that the one who may have a job comes to it.
  const [first, ...others] = shared.workers.splice(0);
  if (first) shared.workers.push(...others, first);
  for (const worker of shared.workers) {
    for (const job of shared.jobs) if (worker.isUp && job.held === null) hear(shared, worker, job, next);
  }
  for (let left = 4 * shared.mail.length; left > 0; left--) attempt(() => deliver(shared, next));
  for (const { isUp, directories } of shared.workers) {
    for (const directory of directories) if (isUp && !directory.isSpent) attempt(() => carry(directory, next));
  }
  for (const world of worlds) {
    for (const engine of world.engines) {
      for (let step = 0; step < 8 && engine.step !== 'ended'; step++) attempt(() => stepEngine(world, engine, next));
    }
  }
}

/** What is refused is not done, and whoever wanted it goes on. */
export function attempt(act: () => void): void {
  try {
    act();
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
  }
}

const isAtRest = (world: SimWorld) => unsettled(world).length === 0;

/** Runs that still wait for somebody who is no person, and heads that nobody planned. */
function unsettled(world: SimWorld): string[] {
  const { runs, head, blocked } = world;
  const isStuck = runs.some(({ status }) => status === 'interrupted' || status === 'approved');
  const late = runs.filter(({ status }) => {
    if (isEnded(status) || status === 'awaiting_approval') return false;
    // A person has to look, and until then nothing else of the stack moves.
    if (status === 'queued' || status === 'approved') return !(isStuck && blocked !== null);
    return true;
  });
  const isPlanned = head === 'h0' || runs.some(({ inputs_digest }) => inputs_digest === head);
  return [...late.map(({ id, status }) => `${id} is ${status}`), ...(isPlanned ? [] : [`${head} has no run`])];
}
