import { afterEach, expect, test } from 'vitest';
import { type DriftRig, drifted, openDriftRig } from '../support/drift-rig.ts';

const report = { schedule: '0 10 * * *', timezone: 'UTC' };
const DAY = 86_400_000;
let rig: DriftRig;
afterEach(() => rig.close());

test('a report comes at its minute, also when all is well, with what is new since the one before', async () => {
  rig = await openDriftRig({ report });
  await rig.applied('a');
  await rig.applied('b');
  await rig.look();
  await rig.check('a', []);
  rig.clock.advance(3_600_000);
  await rig.look();
  await rig.look();
  const [clean, ...more] = (await rig.told()).filter(({ event }) => event === 'drift.report');
  expect(more).toEqual([]);
  expect(clean?.report).toMatchObject({
    totals: { stacks: 2, in_sync: 1, unknown: 1, drifted: 0 },
    coverage: { in_time: 1, of: 2, oldest: { stack: 'b', at: null } },
    late: false,
    since: null,
    new: [],
    next_at: Date.parse('2026-11-22T10:00:00Z'),
  });
  await rig.check('a', [drifted('aws_x.a', '1', '2')]);
  await rig.check('b', { error: 'away' });
  await rig.told();
  rig.clock.advance(DAY);
  await rig.look();
  const [second] = (await rig.told()).filter(({ event }) => event === 'drift.report');
  expect(second?.report).toMatchObject({
    totals: { drifted: 1, error: 1 },
    new: [{ stack: 'a', address: 'aws_x.a' }],
    longest: [{ stack: 'a', address: 'aws_x.a' }],
    errors: [{ stack: 'b', error: 'away' }],
  });
  expect(await rig.db.selectFrom('drift_reports').select('id').execute()).toHaveLength(2);
});

test('reports that an outage left out are one, marked late', async () => {
  rig = await openDriftRig({ report });
  await rig.applied('a');
  await rig.look();
  rig.clock.advance(3 * DAY);
  await rig.look();
  await rig.look();
  const told = (await rig.told()).filter(({ event }) => event === 'drift.report');
  expect(told.map((body) => body.report?.late)).toEqual([true]);
  expect(told[0]?.report?.due_at).toBe(Date.parse('2026-11-21T10:00:00Z'));
});

test('another schedule counts from now on', async () => {
  rig = await openDriftRig({ report });
  await rig.look();
  const noted = async () =>
    (await rig.db.selectFrom('meta').select('value').where('key', '=', 'drift.report_next').executeTakeFirst())?.value;
  expect(JSON.parse((await noted()) ?? '')).toMatchObject({ at: Date.parse('2026-11-21T10:00:00Z') });
  expect(await rig.events()).toEqual([]);
});
