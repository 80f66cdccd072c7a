import { afterEach, expect, test } from 'vitest';
import { type DriftConfig, type DriftRig, drifted, openDriftRig } from '../support/drift-rig.ts';

const HOUR = 3_600_000;
let rig: DriftRig;
afterEach(() => rig.close());
const open = async (config: DriftConfig = {}) => {
  rig = await openDriftRig(config);
};
const openStacks = async () =>
  (await rig.db.selectFrom('runs').select('stack').where('kind', '=', 'drift').where('status', '=', 'queued').execute())
    .map(({ stack }) => stack)
    .sort();

test('every applied stack is checked once an interval, at the applied commit with what was applied', async () => {
  await open();
  const applied = await rig.applied('a');
  await rig.applied('b');
  rig.clock.advance(HOUR);
  await rig.look();
  await rig.look();
  expect(await openStacks()).toEqual(['a', 'b']);
  const [run] = await rig.openChecks('a');
  expect(run).toMatchObject({
    commit_sha: applied.commit_sha,
    spec_digest: applied.spec_digest,
    trigger: 'drift',
    speculative: 0,
  });
  await rig.check('a', []);
  expect((await rig.row('a'))?.next_at).toBeGreaterThan(rig.clock.now());
  await rig.look();
  expect(await openStacks()).toEqual(['b']);
});

test('asking joins the check that is open, and the schedule opens no second one', async () => {
  await open();
  await rig.applied('a');
  const first = await rig.side.check('a', 'token:ana');
  rig.clock.advance(2 * HOUR);
  await rig.look();
  expect(await rig.side.check('a', 'token:ben')).toMatchObject({ id: first?.id });
  expect(await openStacks()).toEqual(['a']);
});

test('no more checks are open at once than the budget allows; the rest follow when one ends', async () => {
  await open({ maxConcurrent: 2 });
  for (const name of ['a', 'b', 'c']) await rig.applied(name);
  rig.clock.advance(HOUR);
  await rig.look();
  const first = await openStacks();
  expect(first).toHaveLength(2);
  await rig.check(first[0] ?? '', []);
  await rig.look();
  expect(await openStacks()).toHaveLength(2);
});

test('a stack that is being applied is not checked, and its turn comes when that is over', async () => {
  await open();
  await rig.applied('a');
  const run = await rig.walk(await rig.queue('a', 'two'), ['preparing']);
  rig.clock.advance(HOUR);
  await rig.look();
  expect(await openStacks()).toEqual([]);
  await rig.walk(run, ['planning', 'awaiting_approval']);
  await rig.look();
  expect(await openStacks()).toEqual(['a']);
});

test('what is applied meanwhile takes a queued check back: it would compare with what is no more', async () => {
  await open();
  await rig.applied('a');
  const old = await rig.side.check('a', 'x');
  await rig.applied('a', {}, 'two');
  expect((await rig.store.find(old?.id ?? ''))?.status).toBe('superseded');
  expect((await rig.side.check('a', 'x'))?.commit_sha).toBe('two');
});

test('a drifted stack is looked at again right after an apply, so that what is put right is told', async () => {
  await open();
  await rig.applied('a');
  await rig.check('a', [drifted('aws_x.a', '1', '2')]);
  await rig.applied('a');
  await rig.look();
  expect(await openStacks()).toEqual(['a']);
  await rig.check('a', []);
  expect(await rig.events()).toEqual(['drift.found a', 'drift.cleared a']);
});

test('the stack says how often it is checked, and a new entry is followed without a restart', async () => {
  await open();
  await rig.applied('a', { every_ms: 60_000 });
  expect((await rig.row('a'))?.every_ms).toBe(60_000);
  await rig.look();
  rig.clock.advance(16_000);
  await rig.configure('a', { every_ms: 120_000 });
  await rig.look();
  const row = await rig.row('a');
  expect(row?.every_ms).toBe(120_000);
  expect((row?.next_at ?? 0) - rig.clock.now()).toBeLessThanOrEqual(122_400);
});

test('what an outage left out is spread over one interval, and a check that was open keeps its turn', async () => {
  await open();
  const names = Array.from({ length: 40 }, (_, i) => `s${i}`);
  for (const name of names) await rig.applied(name);
  await rig.look();
  const open1 = await rig.side.check('s0', 'x');
  rig.clock.advance(5 * HOUR);
  await rig.look();
  const rows = await Promise.all(names.slice(1).map((name) => rig.row(name)));
  const waits = rows.map((row) => (row?.next_at ?? 0) - rig.clock.now());
  expect(Math.min(...waits)).toBeGreaterThan(0);
  expect(Math.max(...waits)).toBeLessThanOrEqual(HOUR);
  expect(waits.filter((wait) => wait > HOUR / 2).length).toBeGreaterThan(8);
  expect(await openStacks()).toEqual(['s0']);
  expect((await rig.openChecks('s0'))[0]?.id).toBe(open1?.id);
});

test('a canceled check is no verdict: the next one comes at its turn', async () => {
  await open();
  await rig.applied('a');
  const run = await rig.side.check('a', 'x');
  if (run) await rig.walk(run, ['canceled']);
  expect(await rig.stackReport('a')).toMatchObject({ status: 'unknown', checked_at: null });
  expect((await rig.row('a'))?.next_at).toBeGreaterThan(rig.clock.now());
});

test('a burst is one message, nobody is told of the others until it is over, and a person ends the breaker', async () => {
  await open({ breakerPercent: 30 });
  const names = Array.from({ length: 10 }, (_, i) => `s${i}`);
  for (const name of names) await rig.applied(name);
  for (const name of names) await rig.check(name, { error: 'no credentials' });
  const told = await rig.told();
  expect(told.map(({ event, stack }) => `${event} ${stack}`)).toEqual([
    'drift.error s0',
    'drift.error s1',
    'drift.error s2',
    'instance.notice null',
  ]);
  expect(told[3]?.notice?.title).toBe('4 of 10 stacks drifted or could not be checked within 1 h');
  expect((await rig.report()).breaker).toMatchObject({ troubled: 4, total: 10 });
  rig.clock.advance(2 * HOUR);
  await rig.check('s9', { error: 'still no credentials' });
  expect(await rig.events()).toEqual(['drift.error s9']);
  expect(await rig.side.port.resume('the key was rotated', 'token:ana')).toMatchObject({ total: 10 });
  expect((await rig.report()).breaker).toBeNull();
  expect(await rig.side.port.resume('again', 'token:ana')).toBeNull();
});
