import { isMoving } from '../../src/kernel/run-status.ts';
import { runOf, type SimWorld } from './sim-world.ts';

/** Throws where something is no longer as it was promised. */
export function checkInvariants(world: SimWorld): void {
  const moving = world.runs.filter(({ status }) => isMoving(status));
  must(moving.length <= 1, `${moving.length} runs move at once`);
  const queued = world.runs.filter(({ status }) => status === 'queued');
  must(queued.length <= 1, 'two runs are queued');
  checkLock(world);
  checkEngines(world);
  checkResources(world);
  for (const [run, statuses] of world.history) checkHistory(run, statuses);
}

/** A run's lock is the lock of an apply that may be going on, and such an apply has its lock. */
function checkLock({ lock, runs }: SimWorld): void {
  const applying = runs.filter(({ status }) => status === 'applying' || status === 'interrupted');
  if (lock !== null && lock.run !== null)
    must(applying[0]?.id === lock.run, `the lock of ${lock.run} outlives its apply`);
  if (applying.length > 0) must(lock?.run === applying[0]?.id, `${applying[0]?.id} applies without its lock`);
}

/** Never two engines that may write, and never a second engine for one plan. */
function checkEngines({ engines, runs, ended }: SimWorld): void {
  const armed = engines.filter(({ step, run }) => step !== 'ended' && !ended.has(run));
  must(armed.length <= 1, 'two engines may write');
  for (const { id } of runs) {
    must(engines.filter(({ run }) => run === id).length <= 1, `the plan of ${id} was started twice`);
  }
}

/** Everything made is in the state, in the ledger, in the hands of an apply that goes on, or a person was told to look. */
function checkResources(world: SimWorld): void {
  const held = new Set(world.engines.flatMap(({ run, made }) => (isMoving(runOf(world, run).status) ? made : [])));
  for (const name of world.sideLog) {
    const isKnown =
      world.state?.names.has(name) || world.ledger.has(name) || held.has(name) || world.doubtful.has(name);
    must(isKnown === true, `${name} was made, and nobody knows`);
  }
}

/** What may have changed the world is never taken back quietly. */
function checkHistory(run: string, statuses: readonly string[]): void {
  const at = statuses.lastIndexOf('applying');
  if (at === -1) return;
  const after = statuses.slice(at + 1);
  const wasGivenBack = after[0] === 'approved';
  const allowed = wasGivenBack ? ['approved', 'stale', 'discarded', 'canceled'] : ['interrupted', 'applied', 'failed'];
  must(
    after.every((status) => allowed.includes(status)),
    `${run} went ${statuses.join(' > ')}`,
  );
}

function must(holds: boolean, what: string): void {
  if (!holds) throw new Error(what);
}
