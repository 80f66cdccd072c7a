import { decideEnd } from '../../src/features/execution/apply-end.ts';
import { endFactsOf, type ToldAndKnown } from '../../src/features/execution/apply-facts.ts';
import { isGivenUp, isStranded, judgeSilence } from '../../src/features/execution/silent-apply.ts';
import { viewLock } from '../../src/features/locks/lock-view.ts';
import { isHeldByWorker } from '../../src/features/runs/run-invariants.ts';
import type { RunTable } from '../../src/platform/db/schema.ts';
import { lease, requeue, stale } from './sim-control.ts';
import {
  count,
  LEASE_MS,
  move,
  runOf,
  type SimController,
  type SimDirectory,
  type SimEngine,
  type SimWorker,
  type SimWorld,
} from './sim-world.ts';

/** The newest engine of a run. */
export function engineOf(world: SimWorld, run: string): SimEngine | undefined {
  return world.engines.findLast((engine) => engine.run === run);
}

/** Takes a run directory over; the status stays what it is. Asked again, because its answer was lost: the same attempt. */
export function adopt({ world, ...directory }: SimDirectory, worker: SimWorker): number | null {
  const run = runOf(world, directory.run);
  const key = `${run.id} ${directory.attempt}`;
  const { adoptions } = world.shared;
  const isAgain = adoptions.get(key) === run.attempt;
  const isThere = (isHeldByWorker(run.status) || run.status === 'interrupted') && run.root === worker.root;
  if (!isThere || (!isAgain && run.attempt !== directory.attempt)) return null;
  const { attempt, lease_until } = lease(world, run);
  Object.assign(run, { attempt: isAgain ? run.attempt : attempt, lease_until, worker: worker.name });
  run.version++;
  adoptions.set(key, run.attempt);
  return run.attempt;
}

/** What a controller sees of silent runs now; it acts upon each of them later, on what it finds then. */
export function lookAround(world: SimWorld, { startedAt, pending, deadSince }: SimController): void {
  const { now, shared } = world;
  if (now < startedAt + LEASE_MS) return;
  const workers = shared.workers.map(({ name, root, seenAt }) => ({ name, root, seen_at: seenAt }));
  for (const { id, status, lease_until } of world.runs) {
    const engine = engineOf(world, id);
    const verdict = engine ? (engine.step === 'ended' ? 'dead' : 'alive') : null;
    if (verdict === 'dead' && !deadSince.has(id)) deadSince.set(id, now);
    const facts = { engine: verdict, workers, now, leaseMs: LEASE_MS, deadSince: deadSince.get(id) ?? null } as const;
    const isExpired = lease_until !== null && lease_until < now;
    const isOfInterest = isExpired || status === 'interrupted' || status === 'approved';
    if (isOfInterest) pending.push(() => judge(world, runOf(world, id), facts));
  }
}

function judge(world: SimWorld, run: RunTable, facts: Parameters<typeof isGivenUp>[1]): void {
  const isExpired = run.lease_until !== null && run.lease_until < facts.now;
  if (isExpired && (run.status === 'preparing' || run.status === 'planning')) requeue(world, run);
  else if (isExpired && run.status === 'applying') {
    const { nextStep, reason } = judgeSilence(run, facts);
    if (nextStep !== null) world.blocked = { run: run.id, reason, since: world.now };
    move(world, run, 'interrupted');
  } else if (run.status === 'interrupted' && isGivenUp(run, facts)) giveUp(world, run, engineOf(world, run.id));
  else if (run.status === 'approved' && isStranded(run, facts)) stale(world, run, world.head);
}

/** A person says that nobody holds the stack any more; false where somebody is proven to. */
export function unlock(world: SimWorld, canProbe: boolean): boolean {
  const { lock } = world;
  if (!lock) return false;
  const run = world.runs.find(({ id }) => id === lock.run) ?? null;
  const engine = run ? engineOf(world, run.id) : undefined;
  const process = engine && canProbe ? (engine.step === 'ended' ? 'dead' : 'alive') : null;
  if (viewLock(lock, { run, process, now: world.now, leaseMs: LEASE_MS }).state === 'alive') return false;
  if (run && (run.status === 'applying' || run.status === 'interrupted')) giveUp(world, run, engine);
  world.lock = null;
  return true;
}

function giveUp(world: SimWorld, run: RunTable, engine: SimEngine | undefined): void {
  endRun(world, run);
  world.blocked = { run: run.id, reason: 'given up', since: world.now };
  for (const name of [...(engine?.wanted ?? [])]) world.doubtful.add(name);
  move(world, run, 'failed', { error: '{}', next_step: 'look' });
  count(world, 'given up');
}

/** The end of an apply as its worker tells it. */
export function applyEnds(
  world: SimWorld,
  known: Omit<ToldAndKnown, 'run'>,
  run: RunTable,
  engine: SimEngine | null,
): void {
  const end = decideEnd(endFactsOf({ ...known, run }));
  count(world, `end: ${end.row}`);
  endRun(world, run);
  const set = { end: end.end, process: null, error: end.to === 'failed' ? '{}' : null };
  if (end.blocks) world.blocked = { run: run.id, reason: end.row, since: world.now };
  else if (world.blocked?.run === run.id) world.blocked = null;
  if (end.blocks) for (const name of engine?.made ?? []) if (!world.state?.names.has(name)) world.ledger.add(name);
  if (end.blocks && engine?.creating) world.doubtful.add(engine.creating);
  if (end.to === 'canceled') {
    move(world, run, 'approved', { process: null });
    move(world, run, 'canceled', { end: end.end });
  } else move(world, run, end.to, end.to === 'approved' ? { process: null } : set);
}

function endRun(world: SimWorld, run: RunTable): void {
  world.ended.add(run.id);
  if (world.lock?.run === run.id) world.lock = null;
}
