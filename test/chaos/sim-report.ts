import type { ToldAndKnown } from '../../src/features/execution/apply-facts.ts';
import type { AppliedResource, ApplyOutcomeRequest } from '../../src/features/execution/apply-protocol.ts';
import { decideWrite } from '../../src/features/state/write-decision.ts';
import type { RunTable } from '../../src/platform/db/schema.ts';
import * as control from './sim-control.ts';
import type { SimDirectory, SimWorld } from './sim-world.ts';

/** The worker tells how it ended, once its engine has, or never was. */
export function applyEnds(world: SimWorld, run: RunTable, told: SimDirectory): void {
  const { engine } = told;
  if (engine && engine.step !== 'ended') return;
  const kept = engine?.errored ?? null;
  if (kept && world.lock?.run === run.id && decideWrite(world.state, kept).kind !== 'refuse') world.state = kept;
  control.applyEnds(world, factsOf(world, run, outcomeOf(told)), run, engine);
  told.isSpent = true;
}

function factsOf(world: SimWorld, run: RunTable, told: ApplyOutcomeRequest): Omit<ToldAndKnown, 'run'> {
  const engine = world.engines.findLast((candidate) => candidate.run === run.id);
  const missing = told.completed.filter(({ address }) => !world.state?.names.has(address)).length;
  return {
    ...{ told, isOwnState: true, stored: world.state, missing, made: told.completed.length },
    lockId: world.lock?.run === run.id ? world.lock.lock_id : null,
    keptDigest: engine?.errored?.digest ?? null,
  };
}

function outcomeOf({ engine, attempt }: SimDirectory): ApplyOutcomeRequest {
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
