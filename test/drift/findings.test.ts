import { afterEach, beforeEach, expect, test } from 'vitest';
import { type DriftRig, drifted, openDriftRig } from '../support/drift-rig.ts';

let rig: DriftRig;
beforeEach(async () => {
  rig = await openDriftRig();
  await rig.applied('app');
});
afterEach(() => rig.close());

test('drift is told once, again when its values change, and once when it is gone', async () => {
  await rig.check('app', [drifted('aws_x.a', '1', '2')]);
  expect(await rig.told()).toMatchObject([
    {
      event: 'drift.found',
      stack: 'app',
      repository: 'infra',
      drift: {
        open: 1,
        resources: [{ address: 'aws_x.a', state: 'new', attributes: [{ path: 'size', before: '1', after: '2' }] }],
      },
    },
  ]);
  await rig.check('app', [drifted('aws_x.a', '1', '2')]);
  expect(await rig.events()).toEqual([]);
  const finding = (await rig.stackReport('app'))?.findings[0];
  expect(finding).toMatchObject({ state: 'known', times_seen: 2 });
  expect(Date.parse(finding?.last_seen ?? '')).toBeGreaterThan(Date.parse(finding?.first_seen ?? ''));

  await rig.check('app', [drifted('aws_x.a', '1', '3')]);
  expect(await rig.events()).toEqual(['drift.changed app']);
  expect((await rig.stackReport('app'))?.findings[0]).toMatchObject({
    state: 'changed',
    first_seen: finding?.first_seen,
  });
  await rig.check('app', []);
  expect(await rig.events()).toEqual(['drift.cleared app']);
  await rig.check('app', []);
  expect(await rig.events()).toEqual([]);
  expect(await rig.stackReport('app')).toMatchObject({ status: 'in_sync', findings: [] });
});

test('one of two that is gone is a change; what comes back is found anew', async () => {
  await rig.check('app', [drifted('aws_x.a', '1', '2'), drifted('aws_x.b', '1', '2')]);
  await rig.check('app', [drifted('aws_x.b', '1', '2')]);
  await rig.check('app', []);
  await rig.check('app', [drifted('aws_x.b', '1', '2')]);
  expect(await rig.events()).toEqual(['drift.found app', 'drift.changed app', 'drift.cleared app', 'drift.found app']);
});

test('a check that fails says neither: what was found stays with its times, and the failure is told once', async () => {
  await rig.check('app', [drifted('aws_x.a', '1', '2')]);
  const before = await rig.stackReport('app');
  await rig.check('app', { error: 'no valid credential sources found' });
  await rig.check('app', { error: 'no valid credential sources found (request 7)' });
  expect(await rig.events()).toEqual(['drift.found app', 'drift.error app']);
  const after = await rig.stackReport('app');
  expect(after).toMatchObject({ status: 'error', error: 'no valid credential sources found (request 7)' });
  expect({ findings: after?.findings, checked: after?.checked_at }).toEqual({
    findings: before?.findings,
    checked: before?.checked_at,
  });
  await rig.check('app', [drifted('aws_x.a', '1', '2')]);
  await rig.check('app', { error: 'away' });
  expect(await rig.events()).toEqual(['drift.error app']);
});

test('what is acknowledged is silent until it changes', async () => {
  await rig.check('app', [drifted('aws_x.a', '1', '2')]);
  await rig.told();
  const id = (await rig.stackReport('app'))?.findings[0]?.id ?? '';
  await rig.side.port.acknowledge(id, { reason: 'Ana knows', until: null, actor: 'token:ana' });
  await rig.check('app', [drifted('aws_x.a', '1', '2')]);
  expect(await rig.events()).toEqual([]);
  expect((await rig.stackReport('app'))?.findings[0]).toMatchObject({
    state: 'acknowledged',
    acknowledged: { by: 'token:ana', reason: 'Ana knows', until: null },
  });
  await rig.check('app', [drifted('aws_x.a', '1', '9')]);
  expect(await rig.events()).toEqual(['drift.found app']);
});

test('an acknowledgement ends at its time, and the drift is told again; one in the past is refused', async () => {
  await rig.check('app', [drifted('aws_x.a', '1', '2')]);
  const id = (await rig.stackReport('app'))?.findings[0]?.id ?? '';
  const ack = { reason: 'r', actor: 'token:ana' };
  const past = rig.side.port.acknowledge(id, { ...ack, until: rig.clock.now() - 1 });
  await expect(past).rejects.toThrow('`until` is in the past');
  await rig.side.port.acknowledge(id, { ...ack, until: rig.clock.now() + 60_000 });
  await rig.told();
  await rig.check('app', [drifted('aws_x.a', '1', '2')]);
  expect(await rig.events()).toEqual([]);
  rig.clock.advance(60_000);
  await rig.check('app', [drifted('aws_x.a', '1', '2')]);
  expect(await rig.events()).toEqual(['drift.found app']);
});

test('a finding that has cleared cannot be acknowledged, nor one that never was', async () => {
  await rig.check('app', [drifted('aws_x.a', '1', '2')]);
  const id = (await rig.stackReport('app'))?.findings[0]?.id ?? '';
  await rig.check('app', []);
  const ack = { reason: 'r', until: null, actor: 'x' };
  await expect(rig.side.port.acknowledge(id, ack)).rejects.toThrow('has cleared');
  await expect(rig.side.port.stackOf('nope')).rejects.toThrow('there is no finding nope');
});

test('rules at the head ignore, expired ones do not and are reported', async () => {
  const rule = { address: 'aws_x.*', attributes: ['size'], reason: 'autoscaling' };
  await rig.configure('app', { ignore: [{ ...rule, expires: '2026-11-22' }] });
  await rig.check('app', [drifted('aws_x.a', '1', '2')]);
  expect(await rig.events()).toEqual([]);
  expect(await rig.stackReport('app')).toMatchObject({
    status: 'in_sync',
    explained: [{ address: 'aws_x.a', class: 'ignored', why: 'autoscaling' }],
  });
  rig.clock.advance(86_400_000);
  await rig.check('app', [drifted('aws_x.a', '1', '2')]);
  expect(await rig.events()).toEqual(['drift.found app']);
  expect((await rig.report()).expired_rules).toEqual([{ stack: 'app', address: 'aws_x.*', expires: '2026-11-22' }]);
});

test('a plan with 20,000 changes is 500 findings and a count', async () => {
  const many = Array.from({ length: 20_000 }, (_, i) => drifted(`aws_x.a[${i}]`, '1', '2'));
  await rig.check('app', many);
  const [told] = await rig.told();
  expect(told?.drift).toMatchObject({ open: 20_000, resources: { length: 20 } });
  expect(JSON.stringify(told).length).toBeLessThan(20_000);
  const report = await rig.stackReport('app');
  expect({ listed: report?.findings.length, more: report?.more }).toEqual({ listed: 500, more: 19_500 });
  await rig.check('app', many);
  expect(await rig.events()).toEqual([]);
});

test('a destroyed stack has no drift any more, and one that was never applied none yet', async () => {
  await rig.check('app', [drifted('aws_x.a', '1', '2')]);
  const run = await rig.queue('app');
  await rig.db.updateTable('runs').set({ kind: 'destroy' }).where('id', '=', run.id).execute();
  await rig.walk(run, ['preparing', 'planning', 'awaiting_approval', 'approved', 'applying', 'applied']);
  expect(await rig.stackReport('app')).toMatchObject({ status: 'never_applied', findings: [] });
  expect(await rig.side.check('app', 'x')).toBeNull();
  await expect(rig.side.check('nope', 'x')).rejects.toThrow('there is no stack "nope"');
});
