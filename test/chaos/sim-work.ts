import * as control from './sim-control.ts';
import { finishEngine, lockState, makeThing, postState, startEngine } from './sim-engine.ts';
import { adopt, engineOf } from './sim-recovery.ts';
import { applyEnds, takeBack } from './sim-report.ts';
import {
  count,
  nextId,
  runOf,
  type SimClaim,
  type SimDirectory,
  type SimEngine,
  type SimJob,
  type SimShared,
  type SimWorker,
  type SimWorld,
} from './sim-world.ts';

export type Next = () => number;

/** One of a list, or nothing of none. */
export const one = <T>(list: readonly T[], next: Next): T | undefined => list[Math.floor(next() * list.length)];

/** Rings for everything admissible that has no job; `isAfresh`: also where somebody holds the job. */
export function ring(world: SimWorld, isAfresh: boolean): void {
  const { jobs } = world.shared;
  for (const { id, status, attempt } of world.runs) {
    if (status !== 'queued' && status !== 'approved') continue;
    const key = `${id} ${status} ${attempt}`;
    const isThere = jobs.some((job) => job.key === key && (job.held === null || !isAfresh));
    if (!isThere) jobs.push({ world, key, held: null });
  }
}

/** Takes a job that waits, notes a claim, and sends it. */
export function hear(shared: SimShared, worker: SimWorker, job: SimJob, next: Next): void {
  job.held = { by: worker, life: worker.life };
  const id = nextId(job.world, 'c');
  const slot = next() < 0.7 ? 'plan' : 'apply';
  worker.notes.push(id);
  shared.mail.push({
    ...{ from: worker, life: worker.life, tries: 1 },
    deliver() {
      const given = control.claim(job.world, worker, slot, id);
      return (tries) => {
        worker.notes.splice(worker.notes.indexOf(id), 1);
        shared.jobs = shared.jobs.filter((other) => other !== job);
        if (given) begin(worker, given);
        // What an earlier try was given is over, or may still be given: nobody has begun it, and nobody will.
        else if (tries > 1) takeBack(shared, id);
      };
    },
  });
}

function begin(worker: SimWorker, { world, run, attempt, phase }: SimClaim): void {
  if (world) worker.directories.push({ world, run, attempt, phase, engine: null, isSpent: false });
}

/** Something of the mail arrives: answered, answered in vain, or not yet while it is sent once more. */
export function deliver(shared: SimShared, next: Next): void {
  const mail = one(shared.mail, next);
  if (!mail) return;
  const chance = next();
  const isLiving = mail.from.isUp && mail.from.life === mail.life;
  if (isLiving && chance > 0.85) {
    mail.tries++;
    shared.mail.push({ ...mail, life: -1 });
    return;
  }
  const isHeard = isLiving && chance < 0.7;
  // A living worker repeats what was not answered.
  if (isHeard || !isLiving) shared.mail = shared.mail.filter((other) => other !== mail);
  else mail.tries++;
  const answer = mail.deliver();
  if (isHeard) answer(mail.tries);
}

/** A new process over the root: it offers what lies there, and tells of claims that were never begun. */
export function restart(shared: SimShared, worker: SimWorker, next: Next): void {
  worker.isUp = true;
  worker.life++;
  worker.seenAt = shared.now;
  for (const directory of worker.directories) {
    if (directory.isSpent) continue;
    const attempt = adopt(directory, worker);
    // It dies over the answer; its next life asks again.
    if (next() < 0.05) {
      worker.isUp = false;
      return;
    }
    if (attempt === null) directory.isSpent = true;
    else directory.attempt = attempt;
  }
  for (const id of [...worker.notes]) {
    takeBack(shared, id);
    if (next() < 0.2) shared.mail.push({ from: worker, life: -1, tries: 1, deliver: () => later(shared, id) });
    if (next() < 0.05) continue;
    worker.notes.splice(worker.notes.indexOf(id), 1);
    const { world } = shared.claims.get(id) ?? {};
    if (world) count(world, 'taken back');
  }
}

/** The same once more, when it is of no use. */
function later(shared: SimShared, id: string): () => void {
  takeBack(shared, id);
  return () => {};
}

/** Whether this directory may no longer be reported about. */
export function isFenced({ world, run: id, attempt }: SimDirectory): boolean {
  const run = runOf(world, id);
  return run.attempt !== attempt || (run.lease_until === null && run.status !== 'interrupted');
}

/** The worker goes on with a run of its root by one step. */
export function carry(directory: SimDirectory, next: Next): void {
  const { world } = directory;
  const run = runOf(world, directory.run);
  if (isFenced(directory)) directory.isSpent = true;
  else if (directory.phase === 'plan') {
    const add = next() < 0.8 ? 1 + Math.floor(next() * 3) : 0;
    const result = next() < 0.1 ? 'failed' : next() < 0.1 ? 'never_started' : 'planned';
    control.planEnds(world, run, { result, add, seen: world.state?.serial ?? 0 });
    directory.isSpent = next() < 0.9;
  } else if (directory.engine === null && next() < 0.9) {
    directory.engine = startEngine(world, directory.run, 1 + Math.floor(next() * 3));
  } else if (directory.engine === null || directory.engine.step === 'ended') {
    // That nothing was begun is told by a worker that begins nothing.
    applyEnds(world, run, directory);
    directory.isSpent = directory.engine === null || next() < 0.9;
  }
}

export function stepEngine(world: SimWorld, engine: SimEngine, next: Next): void {
  const isMore = engine.made.length + engine.failed < engine.wanted.length;
  if (engine.step === 'begun') lockState(world, engine);
  else if (isMore && !engine.signalled && next() < 0.7) makeThing(world, engine, next() < 0.1);
  else if (engine.made.length > 0 && next() < 0.3) postState(world, engine);
  else if (!isMore || engine.signalled) finishEngine(world, engine, next);
}

/** A person's wish: at once where nothing runs, else by the worker. */
export function cancel(world: SimWorld, run: ReturnType<typeof runOf>, move: () => void): void {
  if (run.lease_until === null && run.status !== 'interrupted') {
    move();
    return;
  }
  run.cancel_at ??= world.now;
  const engine = engineOf(world, run.id);
  if (engine && engine.step !== 'ended') engine.signalled = true;
}
