import { findBinary } from '../../support/find-binary.ts';
import { adoptedAfter } from '../harness/adoption-time.ts';
import { type ApplyPhase, ApplyWatch } from '../harness/apply-watch.ts';
import { ChaosInstance } from '../harness/chaos-instance.ts';
import type { ChaosPromise, Schedule, Verdict } from '../harness/chaos-promise.ts';
import type { Invariants } from '../harness/invariants.ts';
import { openShared } from '../harness/open-shared.ts';
import { pick } from '../harness/pick.ts';
import { reachPhase } from '../harness/reach-phase.ts';
import { readLog } from '../harness/read-log.ts';
import { makeSlowStart } from '../harness/slow-start.ts';
import { strike, type Victim } from '../harness/strike.ts';

const VICTIMS: Readonly<Record<ApplyPhase, readonly Victim[]>> = {
  claim: ['worker', 'control plane', 'both'],
  'before spawn': ['worker', 'control plane', 'both'],
  start: ['worker', 'control plane', 'both', 'shim'],
  mid: ['worker', 'control plane', 'both', 'shim'],
  'final save': ['worker', 'control plane', 'both', 'shim'],
  'after the end': ['worker', 'control plane', 'both'],
};
const PHASES = Object.keys(VICTIMS) as ApplyPhase[];
const ADOPTED_WITHIN_MS = 5000;
const WORKERS = 2;

/** kill -9 amid applies: whose, and when, comes of the seed. */
export const kills: ChaosPromise = {
  id: 'P1',
  title: 'Worker, control plane or shim killed in mid-apply: it ends, saved, unlocked, its end known',
  unit: 'kills',
  defaultCount: 100,
  quickCount: 2,
  atOnce: 6,
  patienceMs: 240_000,
  missing: () => (findBinary('terraform') === null ? 'needs terraform on PATH' : null),
  open: ({ dir }) =>
    openShared(() => ChaosInstance.open({ dir, workers: WORKERS, engineBin: makeSlowStart(dir, 0.15) }), tryKill),
};

async function tryKill(chaos: ChaosInstance, invariants: Invariants, schedule: Schedule): Promise<Verdict> {
  const { next, index } = schedule;
  const wanted = pick(PHASES, next());
  const victim = pick(VICTIMS[wanted], next());
  const things = 1 + Math.floor(next() * 3);
  const stack = `s${index}`;
  const plan = await chaos.planned(stack, chaos.side.chain(stack, things, 0.05 + next() * 0.4));
  const watch = new ApplyWatch(chaos, plan, things);
  const awayMs = next() < 0.5 ? 0 : next() * 1500;
  const reached = reachPhase(wanted, { chaos, watch, run: plan, things, next });
  await chaos.approve(plan);
  const { go } = await reached;
  const phase = watch.phase();
  const struckAt = Date.now();
  const blow = strike(victim, { chaos, watch, awayMs });
  await blow.struck;
  go();
  await blow.over;
  const run = await chaos.ended(plan);
  const adopted = adoptedAfter(chaos, { run: run.id, worker: watch.worker, struckAt });
  const log = await readLog(chaos, run.id);
  const broken = [
    ...(run.status === 'applied' && run.end === 'applied' ? [] : [`it ended ${run.status}, ${run.end}: ${run.reason}`]),
    ...(victim === 'shim' || log.includes('ended with exit code 0.') ? [] : ['its exit code is not known']),
    ...(adopted !== null && adopted.afterMs - adopted.starvedMs > ADOPTED_WITHIN_MS
      ? [`it was adopted after ${adopted.afterMs} ms, ${adopted.starvedMs} of them without a processor`]
      : []),
    ...(await invariants.brokenOf(stack, run)),
    ...((await invariants.locked()).includes(stack) ? [`${stack} is locked still`] : []),
  ];
  const kind = `${victim} in ${phase}`;
  const measures =
    adopted === null
      ? {}
      : { 'adopted after ms': adopted.afterMs, 'of that, waiting for a processor ms': adopted.starvedMs };
  if (broken.length === 0) return { held: true, kind, measures };
  const why = `${kind}: ${broken[0]}`;
  return {
    held: false,
    why,
    evidence: [...broken, JSON.stringify(run), log, chaos.warnings()].join('\n'),
    kind,
    measures,
  };
}
