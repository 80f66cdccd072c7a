import { findBinary } from '../../support/find-binary.ts';
import { ApplyWatch } from '../harness/apply-watch.ts';
import { ChaosInstance } from '../harness/chaos-instance.ts';
import type { ChaosPromise, Schedule, Verdict } from '../harness/chaos-promise.ts';
import { Invariants } from '../harness/invariants.ts';
import { reachPhase } from '../harness/reach-phase.ts';
import { readLog } from '../harness/read-log.ts';

const SECONDS = [2, 30, 120];

/** The measured line: the control plane is away at the worst of moments, for longer and longer. */
export const away: ChaosPromise = {
  id: 'P1-away',
  title: 'Control plane away for 2, 30 and 120 s at the final save: the apply ends 0, saved, unlocked, known',
  unit: 'absences',
  defaultCount: SECONDS.length,
  quickCount: 1,
  atOnce: 1,
  patienceMs: 400_000,
  missing: () => (findBinary('terraform') === null ? 'needs terraform on PATH' : null),
  open: async () => ({ run: tryAbsences }),
};

/** All of them at the same time, each in an instance of its own; run alone, the shortest. */
async function tryAbsences(schedule: Schedule): Promise<Verdict> {
  const wanted = SECONDS.slice(0, schedule.left);
  const told = await Promise.all(wanted.map((seconds) => tryAbsence(schedule, seconds)));
  const broken = told.flatMap((one) => one.broken);
  const measures = Object.fromEntries(told.map(({ seconds, knownS }) => [`away ${seconds} s, known after s`, knownS]));
  const tries = wanted.length;
  if (broken.length === 0) return { held: true, tries, measures };
  return { held: false, tries, why: broken[0] ?? '', evidence: broken.join('\n'), measures };
}

async function tryAbsence({ dir, next }: Schedule, seconds: number) {
  const chaos = await ChaosInstance.open({ dir });
  try {
    const invariants = new Invariants(chaos);
    const stack = `away${seconds}`;
    const plan = await chaos.planned(stack, chaos.side.chain(stack, 2, 0.2));
    const watch = new ApplyWatch(chaos, plan, 2);
    const moment = reachPhase('final save', { chaos, watch, run: plan, things: 2, next });
    await chaos.approve(plan);
    const { go } = await moment;
    const goneAt = performance.now();
    const { struck, over } = chaos.server.blow('SIGKILL', seconds * 1000);
    await struck;
    go();
    await over;
    const run = await chaos.ended(plan);
    const knownS = (performance.now() - goneAt) / 1000;
    const isWhole = run.status === 'applied' && run.end === 'applied';
    const found = [
      ...(isWhole ? [] : [`it ended ${run.status}, ${run.end}: ${run.reason}`]),
      ...((await readLog(chaos, run.id)).includes('ended with exit code 0.') ? [] : ['its exit code is not 0']),
      ...(await invariants.brokenOf(stack, run)),
      ...((await invariants.locked()).includes(stack) ? [`${stack} is locked still`] : []),
      ...(await invariants.brokenAtEnd()),
    ];
    const evidence = found.length === 0 ? [] : [chaos.warnings()];
    return { seconds, knownS, broken: [...found, ...evidence].map((what) => `away for ${seconds} s: ${what}`) };
  } finally {
    await chaos.close();
  }
}
