import { afterEach, beforeEach, expect, test } from 'vitest';
import { appendAudit } from '../../src/features/audit/index.ts';
import {
  type Channel,
  NotificationListener,
  PlanExcerpts,
  SqlNotificationStore,
} from '../../src/features/notifications/index.ts';
import type { NotificationBody } from '../../src/features/notifications/notification.ts';
import { newRun, type RunDoor } from '../../src/features/runs/index.ts';
import { systemRandom } from '../../src/kernel/random.ts';
import type { RunKind, RunStatus } from '../../src/kernel/run-status.ts';
import { type Database, openDatabase } from '../../src/platform/db/open-database.ts';
import type { RunTable } from '../../src/platform/db/schema.ts';
import { createJumpingClock, type JumpingClock } from '../support/jumping-clock.ts';
import { memoryPlans } from '../support/memory-plans.ts';
import { AT, TYPICAL } from '../support/notification-bodies.ts';
import { channelTo } from '../support/notification-rig.ts';
import { runParts, saveStack } from '../support/run-fixtures.ts';

let db: Database;
let door: RunDoor;
let clock: JumpingClock;
let excerpts: PlanExcerpts;
let wakes = 0;
let keeper: ReturnType<typeof memoryPlans>;

async function open(channels: readonly Channel[]): Promise<void> {
  db = await openDatabase({ file: ':memory:' });
  clock = createJumpingClock(AT);
  keeper = memoryPlans();
  excerpts = new PlanExcerpts(keeper);
  const listener = new NotificationListener({
    store: new SqlNotificationStore(db),
    channels,
    excerpts,
    runUrl: (run) => `https://holdfast.example.com/runs/${run}`,
    approvers: () => ['ana', 'ci'],
    planExpiresMs: 86_400_000,
    clock,
    random: systemRandom,
    wake: () => void wakes++,
  });
  ({ door } = runParts(db, clock, [listener]));
}
const ops = channelTo('ops', 'slack', 'http://localhost/x');
beforeEach(() => {
  wakes = 0;
});
afterEach(() => db.destroy());

let count = 0;
/** A run that is queued. */
async function queue(stack: string, commit = 'c1', rest: { kind?: RunKind; speculative?: boolean } = {}) {
  count++;
  clock.advance(1000);
  const run = newRun({
    id: `run${String(count).padStart(4, '0')}`,
    stack,
    repository: 'infra',
    commit,
    base: null,
    kind: rest.kind ?? 'plan',
    trigger: 'push',
    speculative: rest.speculative ?? false,
    author: 'Ana <ana@example.com>',
    message: 'change it',
    reasons: [],
    specDigest: 's',
    inputsDigest: 'i',
    at: clock.now(),
  });
  await db.transaction().execute((tx) => door.open(tx, run, 'system'));
  return run;
}

/** Takes a queued run to the end of its plan. */
async function plan(queued: RunTable, to: RunStatus): Promise<RunTable> {
  const held = { worker: 'w1', lease_until: clock.now() + 30_000, attempt: 1, started_at: clock.now() };
  const actor = 'worker:w1';
  await excerpts.keep(queued.id, 1, TYPICAL);
  return db.transaction().execute(async (tx) => {
    const preparing = await door.move(tx, queued, 'preparing', { actor, set: held });
    const planning = await door.move(tx, preparing, 'planning', { actor });
    clock.advance(500);
    return door.move(tx, planning, to, {
      actor,
      set: {
        summary: JSON.stringify(TYPICAL.summary),
        plan_digest: to === 'awaiting_approval' ? 'd'.repeat(64) : null,
        error: to === 'failed' ? JSON.stringify({ summary: 'boom', detail: '', file: 'a.tf', line: 3 }) : null,
      },
    });
  });
}
const rows = () => db.selectFrom('notifications').selectAll().orderBy('sequence').execute();
const events = async () => (await rows()).map(({ event, stack }) => `${event} ${stack}`);

test('a plan with changes is a row per channel that wants it, with all that a message needs', async () => {
  await open([ops, channelTo('hook', 'webhook', 'http://localhost/y'), { ...ops, name: 'x', covers: () => false }]);
  const run = await plan(await queue('app'), 'awaiting_approval');
  const all = await rows();
  expect(all.map(({ channel }) => channel)).toEqual(['ops', 'hook']);
  expect(all[0]).toMatchObject({ event: 'plan.ready', run: run.id, stack: 'app', status: 'pending', attempts: 0 });
  const body = JSON.parse(all[0]?.body ?? '') as NotificationBody;
  expect(body).toMatchObject({ url: `https://holdfast.example.com/runs/${run.id}`, plan: { total: 4 } });
  expect(body.run).toMatchObject({ duration_ms: 500, summary: TYPICAL.summary, author: 'Ana <ana@example.com>' });
  expect(wakes).toBe(1);
});

test('a transition that is rolled back tells nobody', async () => {
  await open([ops]);
  const run = await queue('app');
  const planning = plan(run, 'awaiting_approval');
  await planning;
  const before = (await rows()).length;
  const next = await queue('app2');
  await expect(
    db.transaction().execute(async (tx) => {
      const set = { worker: 'w1', lease_until: clock.now() + 30_000, attempt: 1, started_at: clock.now() };
      const preparing = await door.move(tx, next, 'preparing', { actor: 'worker:w1', set });
      await door.move(tx, preparing, 'failed', { actor: 'worker:w1', set: { error: '{"summary":"x"}' } });
      throw new Error('rolled back');
    }),
  ).rejects.toThrow('rolled back');
  expect(await rows()).toHaveLength(before);
});

test('recovered is said once: at the first plan that is well again', async () => {
  await open([ops]);
  for (const to of ['failed', 'unchanged', 'unchanged'] as const) await plan(await queue('app'), to);
  await plan(await queue('app'), 'failed');
  const waiting = await plan(await queue('app'), 'awaiting_approval');
  await db.transaction().execute((tx) => door.move(tx, waiting, 'superseded', { actor: 'system' }));
  await plan(await queue('app'), 'unchanged');
  expect(await events()).toEqual(['plan.failed app', 'plan.recovered app', 'plan.failed app', 'plan.ready app']);
  const ready = (await rows()).at(-1);
  expect((JSON.parse(ready?.body ?? '') as NotificationBody).run?.recovered).toBe(true);
});

test('a plan that nobody heard of does not hide that it recovered', async () => {
  await open([ops]);
  await plan(await queue('app'), 'failed');
  await plan(await queue('app'), 'superseded');
  await plan(await queue('app', 'c1', { speculative: true }), 'failed');
  await plan(await queue('app', 'c1', { kind: 'drift' }), 'failed');
  await plan(await queue('app'), 'unchanged');
  expect(await events()).toEqual(['plan.failed app', 'plan.recovered app']);
});

test('a grouped message waits while other plans of its push are to come; a webhook never does', async () => {
  await open([ops, channelTo('hook', 'webhook', 'http://localhost/y')]);
  const [a, b] = [await queue('a'), await queue('b')];
  await queue('c', 'another commit');
  await plan(a, 'awaiting_approval');
  await plan(b, 'awaiting_approval');
  const waits = (await rows()).map(({ channel, stack, next_attempt_at, created_at }) => ({
    to: `${channel} ${stack}`,
    ms: next_attempt_at - created_at,
  }));
  expect(waits).toEqual([
    { to: 'ops a', ms: 2000 },
    { to: 'hook a', ms: 0 },
    { to: 'ops b', ms: 0 },
    { to: 'hook b', ms: 0 },
  ]);
});

/** Approves a waiting plan and takes it to the end of its apply. */
async function apply(waiting: RunTable, to: RunStatus, set: Partial<RunTable>): Promise<RunTable> {
  const actor = 'worker:w1';
  const held = { worker: 'w1', lease_until: clock.now() + 30_000, attempt: 2 };
  return db.transaction().execute(async (tx) => {
    const approval = { approved_by: 'token:ana', approved_at: clock.now() };
    const approved = await door.move(tx, waiting, 'approved', { actor: 'token:ana', set: approval });
    const applying = await door.move(tx, approved, 'applying', { actor, set: held });
    await appendAudit(tx, {
      ...{ at: clock.now(), actor, action: 'run.adopted', subject: waiting.id, stack: waiting.stack, facts: {} },
    });
    clock.advance(2000);
    return door.move(tx, applying, to, { actor, set });
  });
}

test('an apply is told when it starts, where that is wanted, and how it ended with what is safe to do next', async () => {
  await open([ops, { ...ops, name: 'quiet', events: ['apply.failed'] }]);
  const waiting = await plan(await queue('app'), 'awaiting_approval');
  const first = { severity: 'error', summary: 'no more addresses', detail: 'quota', address: 'aws_eip.a' };
  const error = { summary: '3 of 6 changes done: no more addresses', done: 3, planned: 6, file: 'a.tf', line: 7 };
  await apply(waiting, 'failed', {
    end: 'partial_saved',
    next_step: 'plan first',
    error: JSON.stringify({ ...error, detail: '', diagnostics: [first] }),
  });
  expect((await rows()).map(({ channel, event }) => `${channel} ${event}`)).toEqual([
    'ops plan.ready',
    'ops apply.started',
    'ops apply.failed',
    'quiet apply.failed',
  ]);
  const body = JSON.parse((await rows()).at(-1)?.body ?? '') as NotificationBody;
  expect(body.apply).toMatchObject({
    end: 'partial_saved',
    done: 3,
    planned: 6,
    next_step: 'plan first',
    adoptions: 1,
  });
  expect(body.apply).toMatchObject({ blocks: false, approved_by: 'token:ana' });
  expect(body.run).toMatchObject({ duration_ms: 2000, error: { summary: 'no more addresses', address: 'aws_eip.a' } });
});

test('an end that blocks its stack is told as that, too; a block of another run is not', async () => {
  await open([ops]);
  for (const [stack, by] of [
    ['a', null],
    ['b', 'another'],
  ] as const) {
    const waiting = await plan(await queue(stack), 'awaiting_approval');
    await saveStack(db, stack, 'x');
    const blocked = JSON.stringify({ run: by ?? waiting.id, reason: 'orphans', since: 0 });
    await db.updateTable('stacks').set({ blocked }).where('name', '=', stack).execute();
    const orphans = JSON.stringify([{ address: 'x.y', import: 'import {}' }]);
    await apply(waiting, 'failed', { end: 'orphans', orphans, error: '{"summary":"killed","done":1}' });
  }
  const told = (await events()).filter((event) => !/plan.ready|started/.test(event));
  expect(told).toEqual(['apply.failed a', 'stack.blocked a', 'apply.failed b']);
  const body = JSON.parse(
    (await rows()).find(({ event }) => event === 'stack.blocked')?.body ?? '',
  ) as NotificationBody;
  expect(body.apply).toMatchObject({ orphan_count: 1, orphans: [{ address: 'x.y', import: 'import {}' }] });
});

test('without channels nothing is read and nothing is written', async () => {
  await open([]);
  await plan(await queue('app'), 'awaiting_approval');
  expect(await rows()).toEqual([]);
  expect(wakes).toBe(0);
});

test('the excerpt of a plan kept before a restart is read from where it lies', async () => {
  await open([ops]);
  await excerpts.keep('old', 1, TYPICAL);
  const later = new PlanExcerpts({ ...keeper, keep: async () => {} });
  expect((await later.excerpt('old'))?.total).toBe(4);
  expect(await later.excerpt('never')).toBeNull();
});
