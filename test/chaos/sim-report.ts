import type { ToldAndKnown } from '../../src/features/execution/apply-facts.ts';
import type { AppliedResource, ApplyOutcomeRequest } from '../../src/features/execution/apply-protocol.ts';
import { decideWrite } from '../../src/features/state/write-decision.ts';
import type { RunTable } from '../../src/platform/db/schema.ts';
import { planEnds } from './sim-control.ts';
import * as recovery from './sim-recovery.ts';
import { runOf, type SimDirectory, type SimShared, type SimWorld } from './sim-world.ts';

/** The worker tells how it ended, once its engine has, or never was. Told twice, it is believed once. */
export function applyEnds(world: SimWorld, run: RunTable, told: Pick<SimDirectory, 'engine' | 'attempt'>): void {
  const { engine } = told;
  if (engine && engine.step !== 'ended') return;
  const isOpen = run.attempt === told.attempt && (run.status === 'applying' || run.status === 'interrupted');
  if (!isOpen) return;
  const kept = engine?.errored ?? null;
  if (kept && world.lock?.run === run.id && decideWrite(world.state, kept).kind !== 'refuse') world.state = kept;
  recovery.applyEnds(world, factsOf(world, run, outcomeOf(told)), run, engine);
}

/** A claim that its worker's next life has proven never to have been begun. */
export function takeBack({ claims }: SimShared, id: string): void {
  const known = claims.get(id);
  if (!known) claims.set(id, { world: null, run: '', attempt: 0, phase: 'plan' });
  if (!known?.world) return;
  const run = runOf(known.world, known.run);
  if (run.attempt !== known.attempt) return;
  const isPlan = run.status === 'preparing' || run.status === 'planning';
  if (known.phase === 'plan' && isPlan) planEnds(known.world, run, { result: 'never_started', add: 0, seen: 0 });
  if (known.phase === 'apply') applyEnds(known.world, run, { engine: null, attempt: run.attempt });
}

function factsOf(world: SimWorld, run: RunTable, told: ApplyOutcomeRequest): Omit<ToldAndKnown, 'run'> {
  const engine = world.engines.findLast((candidate) => candidate.run === run.id);
  const missing = told.completed.filter(({ address }) => !world.state?.names.has(address)).length;
  return {
    ...{ told, isOwnState: true, canPlan: true, stored: world.state, missing, made: told.completed.length },
    lockId: world.lock?.run === run.id ? world.lock.lock_id : null,
    keptDigest: engine?.errored?.digest ?? null,
  };
}

function outcomeOf({ engine, attempt }: Pick<SimDirectory, 'engine' | 'attempt'>): ApplyOutcomeRequest {
  const thing = (address: string): AppliedResource => ({
    address,
    type: 'x',
    action: 'create',
    id_key: 'id',
    id: address,
  });
  const failed = engine?.wanted.slice(0, engine.failed) ?? [];
  return {
    ...{
      attempt,
      engine_version: '1',
      planned: engine?.wanted.length ?? 0,
      adopted: false,
      diagnostics: [],
      error: null,
    },
    evidence: engine === null ? 'never_started' : engine.exitCode === null ? 'vanished' : 'exited',
    exit_code: engine?.exitCode ?? null,
    change_summary: engine?.hasSummary ? { add: 1, change: 0, remove: 0, import: 0 } : null,
    completed: (engine?.made ?? []).map(thing),
    errored: failed.map(thing),
    unfinished: engine?.creating ? [thing(engine.creating)] : [],
    errored_state: engine?.errored ? 'captured' : 'none',
    signalled: engine?.signalled === true,
    ...{ timings: {}, notes: [] },
  };
}
