import { afterEach, beforeEach, expect, test } from 'vitest';
import { type Database, openDatabase } from '../../src/platform/db/open-database.ts';
import { claimRequest } from '../support/execution-fixtures.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { executionParts, LEASE_MS, planned } from '../support/outcome-fixtures.ts';
import { affectedStack, headOf, runParts, saveStack } from '../support/run-fixtures.ts';

let db: Database;
let clock: ManualClock;
let parts: ReturnType<typeof runParts>;
let execution: ReturnType<typeof executionParts>;
let claims = 0;

beforeEach(async () => {
  db = await openDatabase({ file: ':memory:' });
  clock = new ManualClock();
  parts = runParts(db, clock);
  execution = executionParts(db, parts, clock);
});
afterEach(() => db.destroy());

/** A push that gives stacks these inputs. */
async function push(inputs: Record<string, string>, commit = 'a'.repeat(40)) {
  clock.advance(1);
  const affected = Object.entries(inputs).map(([name, text]) => affectedStack(name, text));
  for (const [name, text] of Object.entries(inputs)) await saveStack(db, name, text);
  return db.transaction().execute((tx) => parts.planner.planHead(tx, headOf(commit, affected)));
}

const claim = (worker = 'w1') => execution.claims.claim(claimRequest(`claim-${claims++}`, worker));
const status = async (id: string) => (await parts.store.find(id))?.status;

test('a push becomes a run, its plan waits for approval, and the audit log tells each step', async () => {
  const { created } = await push({ a: '1' });
  const job = await claim();
  expect(job).toMatchObject({ run: created[0], attempt: 1, state_url: expect.stringContaining('hf:token@') });
  await execution.heartbeats.enterPlanning({ run: job?.run ?? '', attempt: 1 }, 'w1');
  await execution.outcomes.record(job?.run ?? '', 'w1', planned(1, 3));
  expect(await parts.store.find(job?.run ?? '')).toMatchObject({
    status: 'awaiting_approval',
    new_state: 1,
    lease_until: null,
  });
  const audit = await db.selectFrom('audit').select('action').orderBy('id').execute();
  expect(audit.map((row) => row.action)).toEqual([
    'run.queued',
    'run.preparing',
    'run.planning',
    'run.awaiting_approval',
  ]);
});

test('a small plan comes with the outcome: received before it, once, for the attempt that holds the run alone', async () => {
  await push({ a: '1' });
  const run = (await claim())?.run ?? '';
  const plan = Buffer.from('PK').toString('base64');
  await expect(execution.outcomes.record(run, 'w1', { ...planned(2, 1), plan })).rejects.toThrow(/fenced/);
  expect(execution.received).toEqual([]);
  expect((await execution.outcomes.record(run, 'w1', { ...planned(1, 1), plan })).status).toBe('awaiting_approval');
  // Its answer was lost: the same again, and nothing is received twice.
  expect((await execution.outcomes.record(run, 'w1', { ...planned(1, 1), plan })).status).toBe('awaiting_approval');
  expect(execution.received).toEqual([`plan of ${run} 1: PK`]);
});

test('a claim says whether others wait; the one that takes the last of a few does not', async () => {
  await push(Object.fromEntries(['a', 'b', 'c', 'd', 'e'].map((name) => [name, '1'])));
  const isDeep = [];
  for (let nth = 0; nth < 5; nth++) isDeep.push((await claim())?.queue_is_deep ?? false);
  expect(isDeep).toEqual([true, true, false, false, false]);
  expect(await claim()).toBeNull();
});

test('a short log comes with the outcome: stored once, for the attempt that holds the run alone', async () => {
  await push({ a: '1' });
  const job = await claim();
  const run = job?.run ?? '';
  await expect(execution.outcomes.record(run, 'w1', { ...planned(2, 1), log: 'foreign' })).rejects.toThrow(/fenced/);
  expect(execution.logs.size).toBe(0);
  // An earlier try whose answer was lost stored a part of it.
  execution.logs.set(run, 'one');
  await execution.outcomes.record(run, 'w1', { ...planned(1, 1), log: 'one\ntwo\n' });
  await execution.outcomes.record(run, 'w1', { ...planned(1, 1), log: 'one\ntwo\nthree\n' });
  expect(execution.logs.get(run)).toBe('one\ntwo\n');
});

test('an outcome told twice is recorded once; a lower attempt is fenced', async () => {
  await push({ a: '1' });
  const job = await claim();
  const run = job?.run ?? '';
  const first = await execution.outcomes.record(run, 'w1', planned(1, 1));
  const second = await execution.outcomes.record(run, 'w1', planned(1, 1));
  expect(second.version).toBe(first.version);
  await expect(execution.outcomes.record(run, 'w1', planned(2, 1))).rejects.toMatchObject({ code: 'fenced' });
  await expect(execution.outcomes.record('nobody', 'w1', planned(1, 1))).rejects.toMatchObject({ code: 'gone' });
});

test('a hundred pushes in a row cost one running and one queued plan, and the newest head ends planned', async () => {
  const first = await push({ a: '0' });
  const job = await claim();
  for (let i = 1; i <= 100; i++) await push({ a: `${i}` }, `${i}`.padStart(40, '0'));
  const open = await parts.store.openOf(['a']);
  expect(open.map((run) => run.status).sort()).toEqual(['preparing', 'queued']);
  expect(await claim('w2')).toBeNull();
  await execution.outcomes.record(job?.run ?? '', 'w1', planned(1, 1));
  expect(await status(first.created[0] ?? '')).toBe('superseded');
  const last = await claim('w2');
  expect(last?.commit).toBe('100'.padStart(40, '0'));
  await execution.outcomes.record(last?.run ?? '', 'w2', planned(1, 1));
  expect(await status(last?.run ?? '')).toBe('awaiting_approval');
  expect((await parts.store.openOf(['a'])).length).toBe(1);
});

test('a head that does not move the inputs supersedes nothing', async () => {
  const { created } = await push({ a: '1' });
  const again = await push({ a: '1' }, 'b'.repeat(40));
  expect(again).toEqual({ created: [], superseded: [] });
  expect(await status(created[0] ?? '')).toBe('queued');
});

test('a repeated claim gets the same run; a claim for a stack that moves gets nothing', async () => {
  await push({ a: '1' });
  const request = claimRequest('same-claim');
  const one = await execution.claims.claim(request);
  const two = await execution.claims.claim(request);
  expect([two?.run, two?.attempt]).toEqual([one?.run, one?.attempt]);
  expect(await execution.claims.claim(claimRequest('another-claim'))).toBeNull();
});

test('a silent worker loses its plan after a whole lease, not before one has passed since the start', async () => {
  const { created } = await push({ a: '1' });
  await claim();
  expect(await execution.sweep.runOnce()).toBe(0);
  clock.advance(LEASE_MS + 10);
  expect(await execution.sweep.runOnce()).toBe(1);
  expect(await status(created[0] ?? '')).toBe('queued');
  const again = await claim('w2');
  expect(again).toMatchObject({ run: created[0], attempt: 2 });
  await expect(execution.outcomes.record(created[0] ?? '', 'w1', planned(1, 1))).rejects.toMatchObject({
    code: 'fenced',
  });
});

test('heartbeats keep a lease alive, carry the wish to cancel, and tell who is fenced', async () => {
  const { created } = await push({ a: '1' });
  const run = created[0] ?? '';
  await claim();
  const beat = () => execution.heartbeats.beat({ worker: 'w1', runs: [{ run, attempt: 1 }], kept: [run] });
  for (let i = 0; i < 5; i++) {
    clock.advance(LEASE_MS - 1000);
    expect(await beat()).toEqual({ cancel: [], fenced: [], release: [run] });
    expect(await execution.sweep.runOnce()).toBe(0);
  }
  await parts.service.cancel(run, 'token:ana');
  expect((await beat()).cancel).toEqual([{ run, attempt: 1 }]);
  await execution.outcomes.record(run, 'w1', { ...planned(1, 0), result: 'canceled', projection: null });
  expect(await parts.store.find(run)).toMatchObject({
    status: 'canceled',
    reason: expect.stringContaining('token:ana'),
  });
  expect((await beat()).fenced).toEqual([{ run, attempt: 1 }]);
});

test('adoption changes attempt and lease, never the status; the old attempt is fenced', async () => {
  const { created } = await push({ a: '1' });
  const run = created[0] ?? '';
  await claim();
  await execution.heartbeats.enterPlanning({ run, attempt: 1 }, 'w1');
  const offer = { run, attempt: 1, worker: 'w1', root: '/root', evidence: 'running' as const };
  expect(await execution.adoptions.adopt(offer)).toMatchObject({ attempt: 2, log_size: 7 });
  expect(await status(run)).toBe('planning');
  await expect(execution.outcomes.record(run, 'w1', planned(1, 1))).rejects.toMatchObject({ code: 'fenced' });
  await expect(execution.adoptions.adopt({ ...offer, attempt: 2, root: '/elsewhere' })).rejects.toMatchObject({
    code: 'fenced',
  });
  await expect(execution.adoptions.adopt({ ...offer, run: 'unknown' })).rejects.toMatchObject({ code: 'gone' });
});

test('a replan takes the place of the plan that waits, in the transaction in which it comes to rest', async () => {
  await push({ a: '1' });
  const first = await claim();
  await execution.outcomes.record(first?.run ?? '', 'w1', planned(1, 1));
  const manual = await parts.service.request(
    {
      kind: 'plan',
      repository: 'infra',
      commit: 'a'.repeat(40),
      speculative: false,
      author: 'token:ana',
      message: 'again',
      stack: affectedStack('a', '1'),
    },
    'token:ana',
  );
  expect(await status(first?.run ?? '')).toBe('awaiting_approval');
  await claim();
  await execution.outcomes.record(manual.id, 'w1', planned(1, 2));
  expect([await status(first?.run ?? ''), await status(manual.id)]).toEqual(['superseded', 'awaiting_approval']);
});

test('a discarded run cannot be discarded again, and the refusal names who did it', async () => {
  await push({ a: '1' });
  const job = await claim();
  await execution.outcomes.record(job?.run ?? '', 'w1', planned(1, 1));
  await parts.service.discard(job?.run ?? '', 'token:ana');
  await expect(parts.service.discard(job?.run ?? '', 'token:bob')).rejects.toThrow(/is discarded \(token:ana/);
});
