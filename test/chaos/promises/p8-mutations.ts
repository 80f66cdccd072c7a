import { openControlPlane } from '../../support/apply-fixtures.ts';
import { makeTwoPlans, PLAN_MUTATIONS, tamper } from '../../support/plan-mutations.ts';
import type { ChaosPromise, Schedule, Verdict } from '../harness/chaos-promise.ts';

/** Sealed plans, their rows and their runs, changed by hand before or after the approval. */
export const mutations: ChaosPromise = {
  id: 'P8',
  title: 'What was approved is what is applied',
  unit: 'mutations of plan or metadata',
  defaultCount: 2 * PLAN_MUTATIONS.length,
  quickCount: 3,
  atOnce: 1,
  patienceMs: 60_000,
  open: async () => ({ run: mutate }),
};

/** Each of them before and after the approval, in turn; one alone is the seed's. */
async function mutate({ index, seed, left }: Schedule): Promise<Verdict> {
  const nth = left === 1 && index === 0 ? seed : index;
  const [name, change] = PLAN_MUTATIONS[nth % PLAN_MUTATIONS.length] ?? ['', () => {}];
  const when = Math.floor(nth / PLAN_MUTATIONS.length) % 2 === 0 ? 'after' : 'before';
  const plane = await openControlPlane();
  try {
    const refusal = await tamper(await makeTwoPlans(plane), change, when);
    if (refusal !== null) return { held: true };
    return { held: false, seed: nth, why: `accepted: ${name}, ${when} the approval`, evidence: `mutation ${nth}` };
  } finally {
    await plane.close();
  }
}
