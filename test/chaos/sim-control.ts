import { decideApplyClaim } from '../../src/features/runs/apply-claim-decision.ts';
import { decideApproval, type PlanWorld } from '../../src/features/runs/approval-decision.ts';
import { decideOutcome } from '../../src/features/runs/decide-outcome.ts';
import { fateOf } from '../../src/features/runs/supersede.ts';
import { EMPTY_SUMMARY } from '../../src/kernel/plan-outcome.ts';
import type { RunTable } from '../../src/platform/db/schema.ts';
import {
  inStatus,
  LEASE_MS,
  move,
  moving,
  open,
  openRun,
  runOf,
  type SimClaim,
  type SimShared,
  type SimWorker,
  type SimWorld,
} from './sim-world.ts';

const planWorld = (world: SimWorld): PlanWorld => ({
  headDigest: world.head,
  isOwnState: true,
  storedState: world.state,
  isPlanKept: true,
});
const gates = (world: SimWorld) => ({
  blocked: world.blocked,
  freeze: world.shared.freeze,
  window: { isOpen: true } as const,
});

/** The oldest head that was seen and not processed yet. */
export function processHead(world: SimWorld): void {
  const head = world.heads.shift();
  if (head === undefined) return;
  world.head = head;
  let isJoined = false;
  for (const run of open(world)) {
    const fate = fateOf(run, head);
    if (fate === 'joins') isJoined = true;
    else if (fate !== 'keep') move(world, run, fate.to);
  }
  if (!isJoined) replan(world, 'push', head);
}

export function replan(world: SimWorld, trigger: 'push' | 'retry', head: string): RunTable {
  return inStatus(world, 'queued')[0] ?? openRun(world, trigger, head);
}

/** Answers a claim; the same id again is answered the same, or, where that is over, with nothing. */
export function claim(world: SimWorld, worker: SimWorker, slot: 'plan' | 'apply', id: string): SimClaim | null {
  const known = world.shared.claims.get(id);
  if (known) return known.world && isStillHis(known.world, known, worker) ? known : null;
  const approved = inStatus(world, 'approved').find(({ root }) => root === worker.root);
  const run = approved ? claimApply(world, worker, approved) : slot === 'plan' ? claimPlan(world, worker) : null;
  if (!run) return null;
  const given: SimClaim = { world, run: run.id, attempt: run.attempt, phase: approved ? 'apply' : 'plan' };
  world.shared.claims.set(id, given);
  return given;
}

function isStillHis(world: SimWorld, { run: id, attempt }: SimClaim, worker: SimWorker): boolean {
  const run = runOf(world, id);
  return run.attempt === attempt && run.worker === worker.name && run.lease_until !== null;
}

function claimPlan(world: SimWorld, worker: SimWorker): RunTable | null {
  const [run] = inStatus(world, 'queued');
  if (!run || moving(world).length > 0) return null;
  const { name, root } = worker;
  move(world, run, 'preparing', { ...lease(world, run), worker: name, root, started_at: world.now });
  return run;
}

function claimApply(world: SimWorld, worker: SimWorker, run: RunTable): RunTable | null {
  const decision = decideApplyClaim(run, planWorld(world), gates(world));
  if (decision.kind === 'stale') stale(world, run, world.head);
  if (decision.kind !== 'claim' || (world.lock !== null && world.lock.run !== run.id)) return null;
  const holder = { stack: world.stack, run: run.id, lock_id: '', holder: run.id };
  world.lock = { ...holder, operation: 'apply', info: '{}', since: world.now };
  move(world, run, 'applying', { ...lease(world, run), worker: worker.name, process: null });
  return run;
}

/** Another attempt, and a lease. */
export const lease = (world: SimWorld, run: RunTable) => ({
  attempt: run.attempt + 1,
  lease_until: world.now + LEASE_MS,
});

/** Puts a plan aside that is outdated, and has the stack planned again. */
export function stale(world: SimWorld, run: RunTable, head: string): void {
  move(world, run, 'stale');
  replan(world, 'retry', head);
}

/** How a plan ended, as its worker tells it. It saw the state of this serial. */
export interface SimPlanEnd {
  readonly result: 'planned' | 'failed' | 'never_started';
  readonly add: number;
  readonly seen: number;
}

export function planEnds(world: SimWorld, run: RunTable, { result, add, seen }: SimPlanEnd): void {
  const summary = { ...EMPTY_SUMMARY, add };
  const decision = decideOutcome(run, { result, exitCode: add > 0 ? 2 : 0, summary, planDigest: 'p' }, world.head);
  if (decision.to === 'queued') {
    requeue(world, run);
    return;
  }
  if (run.status === 'preparing' && !['failed', 'canceled', 'superseded'].includes(decision.to)) {
    move(world, run, 'planning', { lease_until: run.lease_until });
  }
  if (decision.supersedesWaiting)
    for (const other of inStatus(world, 'awaiting_approval')) move(world, other, 'superseded');
  move(world, run, decision.to, {
    ...{ summary: JSON.stringify(summary), plan_digest: 'p', error: '{}' },
    plan_state: JSON.stringify(seen === 0 ? { serial: 0, lineage: '' } : { serial: seen, lineage: 'l' }),
  });
}

/** Puts a plan back whose worker is gone. */
export function requeue(world: SimWorld, run: RunTable): void {
  if (run.cancel_at !== null) move(world, run, 'canceled');
  else move(world, run, inStatus(world, 'queued').length > 0 ? 'superseded' : 'queued', { worker: null, root: null });
}

/** Approves; where the plan is outdated, answers `needs_head`: it is planned again once the head was read. */
export function approve(world: SimWorld, run: RunTable, askedDigest: string, head?: string): 'needs_head' | 'done' {
  const other = moving(world).find(({ id }) => id !== run.id)?.id ?? null;
  const facts = { ...planWorld(world), ...gates(world), askedDigest, moving: other, now: world.now };
  const decision = decideApproval(run, { ...facts, planExpiresMs: 10_000 });
  if (decision.kind === 'stale' && head === undefined) return 'needs_head';
  if (decision.kind === 'stale') stale(world, run, head ?? '');
  else if (decision.kind === 'ok') move(world, run, 'approved', { approved_by: 'ana', approved_at: world.now });
  return 'done';
}

/** A heartbeat: leases are renewed for who holds them, and for an interrupted apply whose worker is there again. */
export function heartbeat({ now }: SimShared, worker: SimWorker): void {
  worker.seenAt = now;
  for (const directory of worker.directories) {
    if (directory.isSpent) continue;
    const run = runOf(directory.world, directory.run);
    if (run.attempt !== directory.attempt || run.worker !== worker.name) continue;
    if (run.lease_until !== null || run.status === 'interrupted') run.lease_until = now + LEASE_MS;
  }
}
