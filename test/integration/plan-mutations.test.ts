import { Readable } from 'node:stream';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { SqlRunStore } from '../../src/features/runs/index.ts';
import { EMPTY_SUMMARY } from '../../src/kernel/plan-outcome.ts';
import { ApplyActor } from '../support/apply-actor.ts';
import { type ControlPlane, openControlPlane } from '../support/apply-fixtures.ts';
import { planned } from '../support/outcome-fixtures.ts';
import { bytesToApply, flip, makeTwoPlans, PLAN_MUTATIONS, tamper } from '../support/plan-mutations.ts';

let plane: ControlPlane;

beforeEach(async () => {
  plane = await openControlPlane();
});
afterEach(() => plane.close());

test('the plan that was approved is the one that is handed out', async () => {
  const plans = await makeTwoPlans(plane);
  await plane.decisions.approvals.approve(plans.mine.id, plans.mine.plan_digest, 'token:ana');
  expect(await bytesToApply(plans)).toBe(`plan of ${plans.mine.id}`);
});

test.each(PLAN_MUTATIONS)('before the approval: %s', async (_name, mutate) => {
  expect(await tamper(await makeTwoPlans(plane), mutate, 'before')).not.toBeNull();
});

test.each(PLAN_MUTATIONS)('after the approval: %s', async (_name, mutate) => {
  expect(await tamper(await makeTwoPlans(plane), mutate, 'after')).not.toBeNull();
});

test('damage is said so that nobody tries it again', async () => {
  const plans = await makeTwoPlans(plane);
  await plane.decisions.approvals.approve(plans.mine.id, plans.mine.plan_digest, 'token:ana');
  await flip(0.9)(plans);
  await expect(bytesToApply(plans)).rejects.toMatchObject({
    code: 'invalid',
    message: expect.stringContaining('is not what was received; nothing is applied'),
    treatment: { wayOut: 'plan again: holdfast plan net' },
  });
});

test('a spec whose row was changed by hand is not used', async () => {
  const { mine } = await makeTwoPlans(plane);
  const fresh = new SqlRunStore(plane.db);
  expect(await fresh.spec(mine.spec_digest)).toMatchObject({ dir: 'net' });
  const { body } = await plane.db
    .selectFrom('specs')
    .select('body')
    .where('digest', '=', mine.spec_digest)
    .executeTakeFirstOrThrow();
  const changed = body.replace('"env":{}', '"env":{"TF_VAR_size":"9"}');
  await plane.db.updateTable('specs').set({ body: changed }).where('digest', '=', mine.spec_digest).execute();
  await expect(new SqlRunStore(plane.db).spec(mine.spec_digest)).rejects.toThrow('is not what was stored');
});

test('what a plan made in its working copy goes with that plan, not with an attempt that came to nothing', async () => {
  const actor = new ApplyActor(plane);
  await actor.push('net', '1');
  const first = await actor.claim();
  if (!first) throw new Error('there is nothing to plan');
  await plane.artifacts.receive(await actor.artifactOf(first, 'workdir'), [Buffer.from('of the first')]);
  await plane.db.updateTable('runs').set({ status: 'queued', lease_until: null }).execute();
  const plan = await actor.plan();
  await actor.approve(plan.id);
  const job = await actor.claim('apply');
  const ref = { run: plan.id, attempt: job?.attempt ?? 0 };
  await expect(plane.files.hand(ref, 'workdir')).rejects.toMatchObject({ code: 'not_found' });
  const made = { ...(await actor.artifactOf(first, 'workdir')), attempt: 2 };
  await plane.artifacts.receive(made, [Buffer.from('of the plan')]);
  const { bytes } = await plane.files.hand(ref, 'workdir');
  expect(Buffer.concat(await bytes.toArray()).toString()).toBe('of the plan');
});

test('a plan that is too large for its outcome is sealed with its files, too', async () => {
  const actor = new ApplyActor(plane);
  await actor.push('net', '1');
  const job = await actor.claim();
  if (!job) throw new Error('there is nothing to plan');
  const made = { engine: '1.11.4', tree: '7'.repeat(64) };
  const send = (tree: string) =>
    plane.files.receive({ ...job, ...made, tree }, 'plan', Readable.from([Buffer.from('a large plan')]));
  const { digest } = await send(made.tree);
  const counts = { ...EMPTY_SUMMARY, add: 1 };
  await plane.outcomes.record(job.run, actor.worker, {
    ...planned(job.attempt, 1),
    ...{ projection: { summary: counts, changes: [], drift: [], outputs: [], left_out: 0 } },
    ...{ plan_digest: digest, tree_digest: made.tree, plan_state: { serial: 0, lineage: '' } },
  });
  await actor.approve(job.run);
  const apply = await actor.claim('apply');
  expect(apply).toMatchObject({ plan_digest: digest, tree_digest: made.tree });
  const ref = { run: job.run, attempt: apply?.attempt ?? 0 };
  const { bytes } = await plane.files.hand(ref, 'plan');
  expect(Buffer.concat(await bytes.toArray()).toString()).toBe('a large plan');
  await plane.db.updateTable('runs').set({ tree_digest: null }).execute();
  await expect(plane.files.hand(ref, 'plan')).rejects.toThrow('is not what was received');
});
