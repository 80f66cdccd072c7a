import { decideEnd } from '../../src/features/execution/apply-end.ts';
import { endFactsOf, type ToldAndKnown } from '../../src/features/execution/apply-facts.ts';
import { isGivenUp, isStranded, judgeSilence } from '../../src/features/execution/silent-apply.ts';
import { viewLock } from '../../src/features/locks/lock-view.ts';
import { decideApplyClaim } from '../../src/features/runs/apply-claim-decision.ts';
import { decideApproval, type PlanWorld } from '../../src/features/runs/approval-decision.ts';
import { decideOutcome } from '../../src/features/runs/decide-outcome.ts';
import { isHeldByWorker } from '../../src/features/runs/run-invariants.ts';
import { fateOf } from '../../src/features/runs/supersede.ts';
import { EMPTY_SUMMARY } from '../../src/kernel/plan-outcome.ts';
import type { RunTable } from '../../src/platform/db/schema.ts';
import {
  count,
  inStatus,
  LEASE_MS,
  move,
  moving,
  open,
  openRun,
  type SimEngine,
  type SimWorker,
  type SimWorld,
  STACK,
} from './sim-world.ts';

const planWorld = (world: SimWorld): PlanWorld => ({
  headDigest: world.head,
  isOwnState: true,
  storedState: world.state,
  isPlanKept: true,
});
const gates = (world: SimWorld) => ({
  blocked: world.blocked,
  freeze: world.freeze,
  window: { isOpen: true } as const,
});

export function push(world: SimWorld, head: string): void {
  world.head = head;
  let isJoined = false;
  for (const run of open(world)) {
    const fate = fateOf(run, head);
    if (fate === 'joins') isJoined = true;
    else if (fate !== 'keep') move(world, run, fate.to);
  }
  if (!isJoined) replan(world, 'push');
}

export function replan(world: SimWorld, trigger: 'push' | 'retry'): RunTable {
  return inStatus(world, 'queued')[0] ?? openRun(world, trigger);
}

export function claim(world: SimWorld, worker: SimWorker, slot: 'plan' | 'apply'): void {
  const approved = inStatus(world, 'approved').find(({ root }) => root === worker.root);
  if (approved) claimApply(world, worker, approved);
  else if (slot === 'plan') claimPlan(world, worker);
}

function claimPlan(world: SimWorld, worker: SimWorker): void {
  const [run] = inStatus(world, 'queued');
  if (!run || moving(world).length > 0) return;
  const { name, root } = worker;
  move(world, run, 'preparing', { ...lease(world, run), worker: name, root, started_at: world.now });
  worker.directories.push({ run: run.id, attempt: run.attempt, phase: 'plan', engine: null, isSpent: false });
}

function claimApply(world: SimWorld, worker: SimWorker, run: RunTable): void {
  const decision = decideApplyClaim(run, planWorld(world), gates(world));
  if (decision.kind === 'stale') stale(world, run);
  if (decision.kind !== 'claim' || (world.lock !== null && world.lock.run !== run.id)) return;
  world.lock = {
    stack: STACK,
    run: run.id,
    lock_id: '',
    holder: run.id,
    operation: 'apply',
    info: '{}',
    since: world.now,
  };
  move(world, run, 'applying', { ...lease(world, run), worker: worker.name, process: null });
  worker.directories.push({ run: run.id, attempt: run.attempt, phase: 'apply', engine: null, isSpent: false });
}

const lease = (world: SimWorld, run: RunTable) => ({ attempt: run.attempt + 1, lease_until: world.now + LEASE_MS });

function stale(world: SimWorld, run: RunTable): void {
  move(world, run, 'stale');
  replan(world, 'retry');
}

/** The worker's plan has ended; it saw the state of this serial. */
export function planEnds(world: SimWorld, run: RunTable, how: { add: number; failed: boolean; seen: number }): void {
  const summary = { ...EMPTY_SUMMARY, add: how.add };
  const result = how.failed ? 'failed' : 'planned';
  const decision = decideOutcome(run, { result, exitCode: how.add > 0 ? 2 : 0, summary, planDigest: 'p' }, world.head);
  if (run.status === 'preparing' && !['failed', 'canceled', 'superseded'].includes(decision.to)) {
    move(world, run, 'planning', { lease_until: run.lease_until });
  }
  if (decision.supersedesWaiting)
    for (const other of inStatus(world, 'awaiting_approval')) move(world, other, 'superseded');
  move(world, run, decision.to, {
    ...{ summary: JSON.stringify(summary), plan_digest: 'p', error: '{}' },
    plan_state: JSON.stringify(how.seen === 0 ? { serial: 0, lineage: '' } : { serial: how.seen, lineage: 'l' }),
  });
}

export function approve(world: SimWorld, run: RunTable, askedDigest: string): void {
  const other = moving(world).find(({ id }) => id !== run.id)?.id ?? null;
  const facts = {
    ...planWorld(world),
    ...gates(world),
    askedDigest,
    moving: other,
    now: world.now,
    planExpiresMs: 10_000,
  };
  const decision = decideApproval(run, facts);
  if (decision.kind === 'stale') stale(world, run);
  else if (decision.kind === 'ok') move(world, run, 'approved', { approved_by: 'ana', approved_at: world.now });
}

/** A heartbeat: leases are renewed for who holds them, and for an interrupted apply whose worker is there again. */
export function heartbeat(world: SimWorld, worker: SimWorker): void {
  worker.seenAt = world.now;
  for (const directory of worker.directories) {
    const run = world.runs.find(({ id }) => id === directory.run);
    if (directory.isSpent || run?.attempt !== directory.attempt || run.worker !== worker.name) continue;
    if (run.lease_until !== null || run.status === 'interrupted') run.lease_until = world.now + LEASE_MS;
  }
}

/** Takes a run directory over; the status stays what it is. */
export function adopt(world: SimWorld, worker: SimWorker, directory: SimWorker['directories'][number]): boolean {
  const run = world.runs.find(({ id }) => id === directory.run);
  const isThere = run && (isHeldByWorker(run.status) || run.status === 'interrupted') && run.root === worker.root;
  if (!run || !isThere || run.attempt !== directory.attempt) return false;
  Object.assign(run, lease(world, run), { worker: worker.name, version: run.version + 1 });
  directory.attempt = run.attempt;
  return true;
}

/** One pass of the sweeps over silent runs. */
export function sweep(world: SimWorld, engineOf: (run: string) => SimEngine | undefined): void {
  for (const run of [...world.runs]) {
    const isExpired = run.lease_until !== null && run.lease_until < world.now;
    const engine = engineOf(run.id);
    const verdict = engine ? (engine.step === 'ended' ? 'dead' : 'alive') : null;
    const workers = world.workers.map(({ name, root, seenAt }) => ({ name, root, seen_at: seenAt }));
    const facts = { engine: verdict, workers, now: world.now, leaseMs: LEASE_MS } as const;
    if (isExpired && (run.status === 'preparing' || run.status === 'planning')) requeue(world, run);
    else if (isExpired && run.status === 'applying') {
      const { nextStep, reason } = judgeSilence(run, facts);
      if (nextStep !== null) world.blocked = { run: run.id, reason, since: world.now };
      move(world, run, 'interrupted');
    } else if (run.status === 'interrupted' && isGivenUp(run, { ...facts, deadSince: run.updated_at }))
      giveUp(world, run, engine);
    else if (run.status === 'approved' && isStranded(run, facts)) stale(world, run);
  }
}

function requeue(world: SimWorld, run: RunTable): void {
  if (run.cancel_at !== null) move(world, run, 'canceled');
  else move(world, run, inStatus(world, 'queued').length > 0 ? 'superseded' : 'queued', { worker: null, root: null });
}

/** A person says that nobody holds the stack any more; false where somebody is proven to. */
export function unlock(world: SimWorld, engineOf: (run: string) => SimEngine | undefined, canProbe: boolean): boolean {
  const { lock } = world;
  if (!lock) return false;
  const run = world.runs.find(({ id }) => id === lock.run) ?? null;
  const engine = run ? engineOf(run.id) : undefined;
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
