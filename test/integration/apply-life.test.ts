import { afterEach, beforeEach, expect, test } from 'vitest';
import { ApplyActor, KILLED, madeResource, NEVER_STARTED, stateWith } from '../support/apply-actor.ts';
import { type ControlPlane, openControlPlane } from '../support/apply-fixtures.ts';
import { planned } from '../support/outcome-fixtures.ts';

let plane: ControlPlane;
let actor: ApplyActor;

beforeEach(async () => {
  plane = await openControlPlane();
  actor = new ApplyActor(plane);
});
afterEach(() => plane.close());

const lock = (stack: string) => plane.state.locks.find(plane.db, stack);
const stackRow = (name: string) =>
  plane.db.selectFrom('stacks').selectAll().where('name', '=', name).executeTakeFirstOrThrow();

test('an approved plan is claimed under the stack’s lock, applied, and its end leaves nothing held', async () => {
  await actor.push('net', '1');
  const plan = await actor.plan();
  expect(plan).toMatchObject({ status: 'awaiting_approval', new_state: 1 });
  expect(await actor.approve(plan.id)).toMatchObject({ status: 'approved', approved_by: 'token:ana' });
  const job = await actor.claim('apply');
  expect(job).toMatchObject({
    ...{ run: plan.id, attempt: 2, phase: 'apply', plan_digest: plan.plan_digest, plan_root: '/root' },
    engine: { name: 'terraform', version: '1.11.4' },
  });
  if (!job) return;
  expect(await lock('net')).toMatchObject({ run: job.run, lock_id: '' });
  expect(await actor.claim('apply')).toBeNull();
  const { bytes } = await plane.files.hand({ run: job.run, attempt: 2 }, 'plan');
  expect(Buffer.concat(await bytes.toArray()).toString()).toBe(`plan of ${job.run}`);
  await expect(plane.files.hand({ run: job.run, attempt: 1 }, 'plan')).rejects.toMatchObject({ code: 'fenced' });
  await actor.terraform(job, { serial: 1, resources: ['a'] });
  const done = await actor.tell(job);
  expect(done).toMatchObject({ status: 'applied', end: 'applied', next_step: null, orphans: null, error: null });
  expect(await lock('net')).toBeNull();
  expect(await stackRow('net')).toMatchObject({ applied_run: job.run, applied_commit: done.commit_sha, blocked: null });
  expect((await actor.tell(job)).version).toBe(done.version);
  const audit = await plane.db.selectFrom('audit').select('action').orderBy('id').execute();
  expect(audit.map(({ action }) => action).filter((action) => action !== 'state.written')).toEqual([
    ...['run.queued', 'run.preparing', 'run.planning', 'run.awaiting_approval', 'run.approved'],
    ...['lock.taken', 'run.applying', 'lock.freed', 'lock.freed', 'run.applied'],
  ]);
});

test('while it applies a push waits as one queued run, and is planned afterwards', async () => {
  const job = await actor.begin('net');
  await actor.push('net', 'newer');
  expect(await actor.claim()).toBeNull();
  await actor.terraform(job, { serial: 1, resources: ['a'] });
  await actor.tell(job);
  expect(await actor.plan()).toMatchObject({ status: 'awaiting_approval', new_state: 0 });
});

test('resources that were made and are in no state are listed with their imports, and the stack stops', async () => {
  const job = await actor.begin('net', { add: 3 });
  await actor.terraform(job, { serial: 1, resources: ['a'], unlocks: false });
  const completed = ['a', 'b', 'c'].map(madeResource);
  const ended = await actor.tell(job, { ...KILLED, planned: 4, completed });
  expect(ended).toMatchObject({
    status: 'failed',
    end: 'orphans',
    reason: expect.stringContaining('3 of 4 changes done'),
  });
  expect(JSON.parse(ended.orphans ?? '')).toEqual([
    expect.objectContaining({
      address: 'terraform_data.b',
      import: 'import {\n  to = terraform_data.b\n  id = "id-b"\n}',
    }),
    expect.objectContaining({ address: 'terraform_data.c', id: 'id-c' }),
  ]);
  expect(ended.next_step).toMatch(/import these .*holdfast unblock net/);
  expect(await lock('net')).toBeNull();
  expect(JSON.parse((await stackRow('net')).blocked ?? '')).toMatchObject({ run: job.run });
  const again = await plane.decisions.approvals.retry(job.run, 'token:ana');
  expect(again).toMatchObject({ status: 'queued', trigger: 'retry' });
  const plan = await actor.plan();
  await expect(actor.approve(plan.id)).rejects.toThrow(/stack net is blocked/);
  await plane.decisions.blocks.unblock('net', 'imported', 'token:ana');
  await expect(plane.decisions.blocks.unblock('net', 'again', 'token:ana')).rejects.toMatchObject({ code: 'conflict' });
  expect(await actor.approve(plan.id)).toMatchObject({ status: 'approved' });
});

test('a state that terraform could not save is taken under the lock, and the apply counts as what it did', async () => {
  const job = await actor.begin('net');
  await actor.terraform(job, { serial: 1, posts: false });
  const sent = await actor.sendErroredState(job, stateWith(5, 'net', ['a']));
  expect(sent.taken).toBe(true);
  expect((await actor.sendErroredState(job, stateWith(5, 'net', ['a']))).taken).toBe(true);
  const ended = await actor.tell(job, { exit_code: 1, change_summary: null, errored_state: 'captured' });
  expect(ended).toMatchObject({ status: 'applied', end: 'applied' });
  expect(await plane.state.access.current(plane.db, 'net')).toMatchObject({ serial: 5, run: job.run });
});

test('one that cannot be taken is kept sealed, what is missing is listed, and the stack stops', async () => {
  const job = await actor.begin('net');
  await actor.terraform(job, { serial: 9, resources: [] });
  const sent = await actor.sendErroredState(job, JSON.stringify({ serial: 3, lineage: 'net', resources: [] }));
  expect(sent.taken).toBe(false);
  expect((await actor.sendErroredState(job, '{"cut')).taken).toBe(false);
  const ended = await actor.tell(job, { exit_code: 1, change_summary: null, errored_state: 'captured' });
  expect(ended).toMatchObject({ status: 'failed', end: 'unsaved_state' });
  expect(JSON.parse(ended.orphans ?? '')).toHaveLength(1);
  expect((await stackRow('net')).blocked).not.toBeNull();
  expect(await plane.artifacts.newest(plane.db, { run: job.run, kind: 'errored-state' })).not.toBeNull();
});

test('an apply that provably never started is approved again, and free to be claimed', async () => {
  const job = await actor.begin('net');
  const back = await actor.tell(job, {
    evidence: 'never_started',
    exit_code: null,
    completed: [],
    change_summary: null,
  });
  expect(back).toMatchObject({ status: 'approved', approved_by: 'token:ana', lease_until: null });
  expect(await lock('net')).toBeNull();
  const again = await actor.claim('plan');
  expect(again).toMatchObject({ run: job.run, attempt: 3, phase: 'apply' });
  await expect(actor.tell(job)).rejects.toMatchObject({ code: 'fenced' });
});

test('one that cannot start fails, with nothing changed; one that was cancelled is canceled', async () => {
  const broken = await actor.begin('net');
  const failed = await actor.tell(broken, { ...NEVER_STARTED, error: 'terraform 1.11.4 is not there' });
  expect(failed).toMatchObject({ status: 'failed', end: 'failed_before_change' });
  expect(failed.next_step).toMatch(/retry is safe/);
  const wanted = await actor.begin('dns');
  await plane.parts.service.cancel(wanted.run, 'token:ana');
  expect(await actor.tell(wanted, NEVER_STARTED)).toMatchObject({ status: 'canceled', end: 'canceled' });
});

test('one whose engine is another one by now is set aside with the reason, and its stack is planned again', async () => {
  const job = await actor.begin('net');
  const told = { ...NEVER_STARTED, error: 'needs terraform 1.11.4', plan_again: true };
  expect(await actor.tell(job, told)).toMatchObject({ status: 'stale', end: null, reason: 'needs terraform 1.11.4' });
  expect(await lock('net')).toBeNull();
  expect((await stackRow('net')).blocked).toBeNull();
  expect(await actor.claim()).toMatchObject({ stack: 'net', phase: 'plan' });
});

test('the end of a plan is no end of an apply', async () => {
  const job = await actor.begin('net');
  const told = { ...planned(job.attempt, 0), result: 'failed' as const };
  await expect(plane.outcomes.record(job.run, 'w1', told)).rejects.toThrow(/apply-outcome/);
  expect(await actor.status(job.run)).toBe('applying');
});

test('an apply goes before plans, and an apply slot gets nothing else', async () => {
  await actor.push('a', '1');
  const plan = await actor.plan();
  await actor.approve(plan.id);
  await actor.push('b', '1');
  expect(await new ApplyActor(plane, 'w2', '/elsewhere').claim('apply')).toBeNull();
  expect((await actor.claim('plan'))?.phase).toBe('apply');
  expect(await actor.claim('apply')).toBeNull();
  expect((await actor.claim('plan'))?.stack).toBe('b');
});
