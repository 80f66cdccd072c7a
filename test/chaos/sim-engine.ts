import { UNBOUND } from '../../src/features/locks/lock.ts';
import { decideLock, decideUnlock, refuseWrite } from '../../src/features/locks/lock-decision.ts';
import { refuseVerb, type StateVerb } from '../../src/features/state/state-rights.ts';
import { decideWrite } from '../../src/features/state/write-decision.ts';
import { count, nextId, runOf, type SimEngine, type SimState, type SimWorld } from './sim-world.ts';

/** A terraform with a saved plan of the run, which wants to make `count` things. */
export function startEngine(world: SimWorld, run: string, count: number): SimEngine {
  const wanted = Array.from({ length: count }, () => nextId(world, 'x'));
  const engine: SimEngine = {
    ...{
      run,
      wanted,
      lockId: nextId(world, 'l'),
      base: world.state,
      step: 'begun',
      made: [],
      creating: null,
      failed: 0,
    },
    ...{ serial: world.state?.serial ?? 0, signalled: false, exitCode: null, hasSummary: false, errored: null },
  };
  world.engines.push(engine);
  return engine;
}

/** What the control plane says to a verb of a run's apply token. */
function isAllowed(world: SimWorld, engine: SimEngine, verb: StateVerb): boolean {
  const { status } = runOf(world, engine.run);
  const caller = { kind: 'run', digest: 'd', run: engine.run, stack: world.stack, phase: 'apply', status } as const;
  return refuseVerb({ ...caller, hasEnded: world.ended.has(engine.run) }, verb, world.stack) === null;
}

const callerOf = (engine: SimEngine) => ({ run: engine.run, actor: `run:${engine.run}` });

/** LOCK; a stale plan or a refusal ends it with nothing done. */
export function lockState(world: SimWorld, engine: SimEngine): void {
  const seen = runOf(world, engine.run).plan_state;
  const isStale = seen !== null && (JSON.parse(seen) as { serial: number }).serial !== (world.state?.serial ?? 0);
  const answer = decideLock(world.lock, callerOf(engine), engine.lockId);
  if (!isAllowed(world, engine, 'LOCK') || answer.kind === 'refuse' || answer.kind === 'take' || isStale) {
    if (isAllowed(world, engine, 'LOCK') && answer.kind === 'take')
      throw new Error('a run took a lock that it had not claimed');
    endEngine(engine, 1);
    return;
  }
  if (world.lock) world.lock = { ...world.lock, lock_id: engine.lockId };
  engine.step = 'locked';
}

/** Makes one thing that is wanted, or fails at it. */
export function makeThing(world: SimWorld, engine: SimEngine, fails: boolean): void {
  const name = engine.wanted[engine.made.length + engine.failed];
  if (name === undefined) return;
  if (fails) {
    engine.failed++;
    return;
  }
  engine.made.push(name);
  world.sideLog.push(name);
}

/** POST of everything made so far; false where it is refused for good. */
export function postState(world: SimWorld, engine: SimEngine): boolean {
  const next = stateOf(engine, engine.serial + 1);
  const refusal = refuseWrite(world.lock, callerOf(engine), engine.lockId);
  if (!isAllowed(world, engine, 'POST') || refusal !== null) return false;
  if (decideWrite(world.state, next).kind !== 'store') return false;
  world.state = next;
  engine.serial = next.serial;
  return true;
}

/** The last save and UNLOCK; where the save is refused, `errored.tfstate` holds it. */
export function finishEngine(world: SimWorld, engine: SimEngine, next: () => number): void {
  const [losesSave, losesUnlock] = [next() < 0.1, next() < 0.1];
  const isSaved = engine.made.length === 0 || (!losesSave && postState(world, engine));
  if (!isSaved) engine.errored = stateOf(engine, engine.serial + 1);
  const isUnlocked = !losesUnlock && unlockState(world, engine);
  const isFine = isSaved && isUnlocked && engine.failed === 0 && !engine.signalled;
  endEngine(engine, isFine ? 0 : 1);
  engine.hasSummary = isFine;
}

function unlockState(world: SimWorld, engine: SimEngine): boolean {
  if (!isAllowed(world, engine, 'UNLOCK')) return false;
  const request = { caller: callerOf(engine), lockId: engine.lockId, wasFreed: false, mayForce: false };
  const answer = decideUnlock(world.lock, request);
  if (answer.kind === 'free') throw new Error('a run’s terraform freed the stack itself');
  if (answer.kind === 'unbind' && world.lock) world.lock = { ...world.lock, lock_id: UNBOUND };
  return answer.kind !== 'refuse';
}

export function endEngine(engine: SimEngine, exitCode: number | null): void {
  engine.step = 'ended';
  engine.exitCode = exitCode;
}

/** SIGKILL, perhaps while something is being created. */
export function killEngine(world: SimWorld, engine: SimEngine, whileCreating: boolean, hasShim: boolean): void {
  const next = engine.wanted[engine.made.length + engine.failed];
  if (engine.step === 'locked' && whileCreating && next !== undefined) engine.creating = next;
  endEngine(engine, hasShim ? 137 : null);
  count(world, 'killed');
}

function stateOf(engine: SimEngine, serial: number): SimState {
  const names = new Set([...(engine.base?.names ?? []), ...engine.made]);
  return { serial, lineage: 'l', digest: `${serial} ${[...names].join(' ')}`, run: engine.run, names };
}
