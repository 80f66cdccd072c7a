import { join } from 'node:path';
import { openControlPlane } from '../../support/apply-fixtures.ts';
import { TERRAFORM } from '../../support/apply-rig.ts';
import { COPY_MUTATIONS, keptCopy, planToKeep } from '../../support/kept-copies.ts';
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

/** The files that wait with a plan, changed on their worker by hand; a real terraform would apply it. */
export const keptFiles: ChaosPromise = {
  id: 'P8-files',
  title: 'The files that an apply reads are those of its plan',
  unit: 'mutations of kept files',
  defaultCount: COPY_MUTATIONS.length,
  quickCount: 1,
  atOnce: 2,
  patienceMs: 120_000,
  missing: () => (TERRAFORM === '' ? 'needs terraform on PATH' : null),
  open: async () => ({ run: changeFiles }),
};

async function changeFiles({ index, seed, left }: Schedule): Promise<Verdict> {
  const nth = left === 1 && index === 0 ? seed : index;
  const [name, change] = COPY_MUTATIONS[nth % COPY_MUTATIONS.length] ?? ['', () => {}];
  const lab = await planToKeep();
  try {
    change(join(keptCopy(lab), 'net'), lab.rig);
    await lab.approve();
    const { evidence, error } = await lab.outcome();
    const [done, stored] = [await lab.side(), await lab.stored()];
    if (evidence === 'never_started' && error !== null && done.length + stored.addresses.length === 0) {
      return { held: true };
    }
    const seen = JSON.stringify({ evidence, error, done, stored });
    return { held: false, seed: nth, why: `applied with ${name}`, evidence: seen };
  } finally {
    await lab.stop();
  }
}
