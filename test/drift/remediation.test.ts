import { afterEach, beforeEach, expect, test } from 'vitest';
import { EMPTY_SUMMARY, type PlanSummary } from '../../src/kernel/plan-outcome.ts';
import { type DriftRig, drifted, openDriftRig } from '../support/drift-rig.ts';

let rig: DriftRig;
beforeEach(async () => {
  rig = await openDriftRig();
  await rig.applied('a', { remediate: true });
});
afterEach(() => rig.close());
const plans = async () => (await rig.store.openOf(['a'])).filter(({ kind }) => kind === 'plan');
const decide = async (summary: Partial<PlanSummary>) => {
  const [run] = await plans();
  if (!run) throw new Error('no plan is open');
  return rig.db.transaction().execute((tx) => rig.side.auto.decide(tx, run, { ...EMPTY_SUMMARY, ...summary }));
};
const DRIFT = [drifted('aws_x.a', '1', '2')];

test('a drifted stack that asks for it is planned at what was applied, once, and that plan needs nobody', async () => {
  await rig.check('a', DRIFT);
  await rig.look();
  await rig.look();
  expect(await plans()).toMatchObject([
    { trigger: 'drift', status: 'queued', commit_sha: 'one', author: 'system:drift' },
  ]);
  expect(await decide({ change: 1 })).toMatchObject({ yes: true, by: 'system:drift' });
});

test('a plan that takes something away, or does more than what drifted, waits for a person', async () => {
  await rig.check('a', DRIFT);
  await rig.look();
  expect(await decide({ replace: 1 })).toMatchObject({ yes: false, reason: expect.stringContaining('it replaces 1') });
  expect(await decide({ destroy: 1 })).toMatchObject({ yes: false });
  expect(await decide({ forget: 1 })).toMatchObject({ yes: false });
  expect(await decide({ change: 2 })).toMatchObject({
    yes: false,
    reason: expect.stringContaining('more than what had drifted'),
  });
  rig.gates.window = { isOpen: false };
  expect(await decide({ change: 1 })).toMatchObject({ yes: false, reason: expect.stringContaining('no window') });
});

test('a stack that does not ask, whose window is shut, or whose configuration moved is left', async () => {
  rig.gates.window = { isOpen: false };
  await rig.check('a', DRIFT);
  await rig.look();
  expect(await plans()).toEqual([]);
  rig.gates.window = { isOpen: true };
  await rig.configure('a', { remediate: false });
  await rig.look();
  expect(await plans()).toEqual([]);
  await rig.configure('a', { remediate: true });
  await rig.db.updateTable('stacks').set({ inputs_digest: 'moved' }).execute();
  await rig.look();
  expect(await plans()).toEqual([]);
});

test('what is acknowledged or ignored is never put back by the way', async () => {
  await rig.configure('a', {
    remediate: true,
    ignore: [{ address: 'aws_x.b', attributes: [], reason: 'r', expires: null }],
  });
  await rig.check('a', [...DRIFT, drifted('aws_x.b', '1', '2')]);
  await rig.look();
  expect(await plans()).toEqual([]);
});

test('nothing is put right while the breaker is open', async () => {
  await rig.db
    .insertInto('meta')
    .values({ key: 'drift.breaker', value: '{"since":1,"troubled":4,"total":10}' })
    .execute();
  await rig.check('a', DRIFT);
  await rig.look();
  expect(await plans()).toEqual([]);
  await rig.side.port.resume('looked', 'token:ana');
  await rig.look();
  expect(await plans()).toHaveLength(1);
});

test('the same drift that comes back twice within a day is left alone, and that is said once', async () => {
  for (let round = 0; round < 3; round++) {
    await rig.check('a', DRIFT);
    await rig.look();
    const [run] = await plans();
    if (round === 2) expect(run).toBeUndefined();
    if (!run) break;
    await rig.walk(run, ['preparing', 'planning', 'awaiting_approval', 'approved', 'applying', 'applied']);
    await rig.check('a', []);
  }
  await rig.look();
  const notices = (await rig.told()).filter(({ event }) => event === 'instance.notice');
  expect(notices).toMatchObject([{ stack: 'a', notice: { title: 'drift of a is not put right by itself any more' } }]);
});
