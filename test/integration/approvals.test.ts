import { afterEach, expect, test } from 'vitest';
import { ApplyActor } from '../support/apply-actor.ts';
import { type ControlPlane, type ControlPlaneOptions, HEAD, openControlPlane } from '../support/apply-fixtures.ts';
import { planned } from '../support/outcome-fixtures.ts';
import { affectedStack } from '../support/run-fixtures.ts';

let plane: ControlPlane;
let actor: ApplyActor;

async function open(options: ControlPlaneOptions = {}): Promise<void> {
  plane = await openControlPlane(options);
  actor = new ApplyActor(plane);
}
afterEach(() => plane.close());

const approvals = () => plane.decisions.approvals;
const newest = async (stack: string) => (await plane.runs.list({ stack }, 1, null)).runs[0];

/** Somebody on a laptop locks, writes serial `serial`, and (unless told not to) unlocks. */
async function laptop(stack: string, serial: number, unlocks = true): Promise<void> {
  const caller = { kind: 'admin', actor: 'token:bob' } as const;
  const { service } = plane.state;
  await service.lock(stack, caller, { id: 'bob', operation: 'apply', who: 'bob@laptop', text: '{}' });
  const bytes = [Buffer.from(JSON.stringify({ serial, lineage: stack, resources: [] }))];
  await service.write({ stack, caller, lockId: 'bob', contentMd5: null, bytes });
  if (unlocks) await service.unlock(stack, caller, 'bob');
}

test('approving what does not wait, twice, or by an old digest is a conflict that says why', async () => {
  await open();
  await actor.push('net', '1');
  const queued = await newest('net');
  await expect(approvals().approve(queued?.id ?? '', null, 'token:ana')).rejects.toThrow(
    /is queued .*cannot become approved/,
  );
  const plan = await actor.plan();
  await expect(approvals().approve(plan.id, 'f'.repeat(64), 'token:ana')).rejects.toThrow(
    /and f{64} was to be approved/,
  );
  await actor.approve(plan.id);
  await expect(approvals().approve(plan.id, plan.plan_digest, 'token:bob')).rejects.toThrow(
    /is approved \(token:ana, run\.approved\)/,
  );
  await expect(approvals().approve('nobody', null, 'token:ana')).rejects.toMatchObject({ code: 'not_found' });
  await actor.claim('apply');
  await expect(actor.approve(plan.id)).rejects.toThrow(/is applying \(worker:w1, run\.applying\)/);
  expect(await actor.status(plan.id)).toBe('applying');
});

test('nothing is approved while another run of the stack is under way; afterwards it is', async () => {
  await open();
  await actor.push('net', '1');
  const plan = await actor.plan();
  const other = await plane.parts.service.request(
    {
      ...{ kind: 'plan', repository: 'infra', commit: HEAD, speculative: true, author: '', message: '' },
      stack: affectedStack('net', '1'),
    },
    'system',
  );
  await actor.claim();
  await expect(actor.approve(plan.id)).rejects.toThrow(`run ${other.id} of the same stack is under way`);
  await plane.outcomes.record(other.id, 'w1', planned(1, 0));
  expect(await actor.approve(plan.id)).toMatchObject({ status: 'approved' });
});

test('a plan that saw another state is put aside and made again, in one transaction, and the refusal names the new run', async () => {
  await open();
  await actor.push('net', '1');
  const plan = await actor.plan();
  await laptop('net', 4);
  await expect(actor.approve(plan.id)).rejects.toMatchObject({
    code: 'conflict',
    message: expect.stringContaining('the plan saw no state, and serial 4 is stored'),
    treatment: { wayOut: expect.stringMatching(/planned again: approve run/) },
  });
  expect(await actor.status(plan.id)).toBe('stale');
  const again = await actor.plan();
  expect(again).toMatchObject({ trigger: 'retry', status: 'awaiting_approval' });
  expect(again.id).not.toBe(plan.id);
  expect(await actor.approve(again.id)).toMatchObject({ status: 'approved' });
});

test('where the head cannot be read, nothing is put aside', async () => {
  await open();
  await actor.push('net', '1');
  const plan = await actor.plan();
  await laptop('net', 4);
  plane.heads.clear();
  await expect(actor.approve(plan.id)).rejects.toThrow(/head of net cannot be read/);
  expect(await actor.status(plan.id)).toBe('awaiting_approval');
});

test('a plan past its age, or whose file is gone, is made again', async () => {
  await open();
  await actor.push('net', '1');
  const plan = await actor.plan();
  plane.clock.advance(86_400_001);
  await expect(actor.approve(plan.id)).rejects.toThrow(/older than 1 d/);
  const again = await actor.plan();
  await plane.db.deleteFrom('artifacts').execute();
  await expect(actor.approve(again.id)).rejects.toThrow(/saved plan is not kept/);
  expect((await plane.runs.list({ stack: 'net', statuses: ['queued'] }, 5, null)).runs).toHaveLength(1);
});

test('a freeze refuses approvals and holds back what is approved, which says so and goes on by itself', async () => {
  await open();
  await actor.push('net', '1');
  await actor.push('dns', '1');
  const [one, two] = [await actor.plan(), await actor.plan()];
  await actor.approve(one.id);
  await plane.decisions.freeze.freeze('Christmas', 'token:ana');
  await expect(actor.approve(two.id)).rejects.toThrow(/frozen by token:ana: Christmas/);
  expect(await actor.claim('apply')).toBeNull();
  const waiting = async () => (await plane.decisions.waiting.of([(await actor.run(one.id)) ?? one])).get(one.id);
  expect(await waiting()).toMatchObject([{ kind: 'freeze', name: 'Christmas' }]);
  const rung = plane.rings.count;
  expect(await plane.decisions.freeze.unfreeze('token:ana')).toMatchObject({ frozen: false });
  expect(plane.rings.count).toBe(rung + 1);
  expect(await waiting()).toMatchObject([{ kind: 'worker' }]);
  expect((await actor.claim('apply'))?.run).toBe(one.id);
});

test('a freeze in the server’s file is ended there alone', async () => {
  await open({ freeze: true });
  expect(await plane.decisions.freeze.current()).toEqual({
    frozen: true,
    reason: null,
    by: 'server.yaml',
    since: null,
  });
  await expect(plane.decisions.freeze.unfreeze('token:ana')).rejects.toMatchObject({ code: 'conflict' });
});

test('outside its windows nothing is approved, and what was approved waits for the next', async () => {
  // The clock of these tests begins on a Tuesday at 22:13 UTC.
  await open({ windows: [{ schedule: '0 22 * * *', timezone: 'UTC', durationMs: 1_800_000 }] });
  await actor.push('net', '1');
  const plan = await actor.plan();
  await actor.approve(plan.id);
  plane.clock.advance(1_800_000);
  expect(await actor.claim('apply')).toBeNull();
  const run = (await actor.run(plan.id)) ?? plan;
  expect((await plane.decisions.waiting.of([run])).get(run.id)).toMatchObject([
    { kind: 'window', name: 'opens 2023-11-15T22:00:00.000Z' },
  ]);
  await actor.push('dns', '1');
  const late = await actor.plan();
  await expect(actor.approve(late.id)).rejects.toThrow(/no window/);
  plane.clock.advance(86_400_000 - 1_800_000);
  expect((await actor.claim('apply'))?.run).toBe(plan.id);
});

test('somebody else’s lock is waited for, by name, and a state that moved meanwhile makes the plan stale', async () => {
  await open();
  await actor.push('net', '1');
  const plan = await actor.plan();
  await actor.approve(plan.id);
  await laptop('net', 1, false);
  expect(await actor.claim('apply')).toBeNull();
  expect(await actor.status(plan.id)).toBe('approved');
  expect((await plane.decisions.waiting.of([plan])).get(plan.id)).toMatchObject([{ kind: 'approval' }]);
  const run = (await actor.run(plan.id)) ?? plan;
  expect((await plane.decisions.waiting.of([run])).get(run.id)).toMatchObject([
    { kind: 'lock', name: 'bob@laptop (token:bob)' },
  ]);
  await plane.state.service.unlock('net', { kind: 'admin', actor: 'token:bob' }, 'bob');
  expect(await actor.claim('apply')).toBeNull();
  expect(await actor.run(plan.id)).toMatchObject({ status: 'stale', reason: expect.stringContaining('serial 1') });
  expect(await actor.plan()).toMatchObject({ trigger: 'retry', status: 'awaiting_approval' });
});

test('a push after the approval makes the approved run stale; its own plan follows', async () => {
  await open();
  await actor.push('net', '1');
  const plan = await actor.plan();
  await actor.approve(plan.id);
  await actor.push('net', '2');
  expect(await actor.status(plan.id)).toBe('stale');
  expect(await actor.claim('apply')).toBeNull();
  expect((await actor.plan()).status).toBe('awaiting_approval');
});

test('apply: auto needs both files, and covers neither a first apply nor what destroys', async () => {
  await open({ autoApply: true });
  await actor.push('net', '1', { apply: 'auto' });
  const first = await actor.plan();
  expect(first).toMatchObject({ status: 'awaiting_approval', approved_by: null });
  expect(first.reason).toMatch(/not applied by itself .*first apply into an empty state/);
  await laptop('net', 1);
  await actor.push('net', '2', { apply: 'auto' });
  const second = await actor.plan();
  expect(second).toMatchObject({ status: 'approved', approved_by: 'system:auto' });
  const job = await actor.claim('apply');
  expect(job?.run).toBe(second.id);
  if (job) await actor.terraform(job, { serial: 2, resources: ['a'] });
  if (job) await actor.tell(job);
  await actor.push('net', '3', { apply: 'auto' });
  expect((await actor.plan({ add: 1, destroy: 1 })).reason).toMatch(/destroys 1 resource/);
  await actor.push('net', '4', { apply: 'manual' });
  expect(await actor.plan()).toMatchObject({ status: 'awaiting_approval', reason: null });
});

test('a retry is a new plan at the head; of what succeeded, or has not ended, there is none', async () => {
  await open();
  const job = await actor.begin('net');
  await expect(approvals().retry(job.run, 'token:ana')).rejects.toThrow(/not retried: it is applying/);
  await actor.tell(job, { exit_code: 1, change_summary: null, completed: [], diagnostics: [] });
  expect(await actor.run(job.run)).toMatchObject({ status: 'failed', end: 'failed_before_change' });
  const again = await approvals().retry(job.run, 'token:ana');
  expect(again).toMatchObject({ status: 'queued', kind: 'plan', trigger: 'retry', inputs_digest: expect.any(String) });
  expect((await approvals().retry(job.run, 'token:bob')).id).toBe(again.id);
  const plan = await actor.plan();
  await actor.approve(plan.id);
  const second = await actor.claim('apply');
  if (second) await actor.terraform(second, { serial: 1, resources: ['a'] });
  if (second) await actor.tell(second);
  await expect(approvals().retry(plan.id, 'token:ana')).rejects.toThrow(/it is applied/);
});
