import { hostname } from 'node:os';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { readBootId, readProcess } from '../../src/platform/process/proc.ts';
import { ApplyActor, KILLED, madeResource, NEVER_STARTED } from '../support/apply-actor.ts';
import { type ControlPlane, LEASE_MS, openControlPlane } from '../support/apply-fixtures.ts';

let plane: ControlPlane;
let actor: ApplyActor;

beforeEach(async () => {
  plane = await openControlPlane();
  actor = new ApplyActor(plane);
  await actor.hello();
});
afterEach(() => plane.close());

const sweep = () => plane.applies.sweep.runOnce();
const beat = (run: string, attempt: number) =>
  plane.heartbeats.beat({ worker: 'w1', runs: [{ run, attempt }], kept: [] });
const blockedOf = async (stack: string) =>
  (await plane.db.selectFrom('stacks').select('blocked').where('name', '=', stack).executeTakeFirst())?.blocked ?? null;

/** A process on this host, as a worker tells of it: this very one, or one that never was. */
function processOf(alive: boolean, attempt: number) {
  const start = readProcess(process.pid)?.startTime ?? '';
  return { attempt, host: hostname(), boot_id: readBootId(), pid: process.pid, start_time: alive ? start : '1' };
}

async function silent(stack: string) {
  const job = await actor.begin(stack);
  plane.clock.advance(LEASE_MS + 1);
  return job;
}

test('silence makes an apply interrupted: its lock stays, it is never applied again', async () => {
  const job = await silent('net');
  expect(await sweep()).toBe(1);
  expect(await actor.run(job.run)).toMatchObject({ status: 'interrupted', lease_until: null, next_step: null });
  expect(await plane.state.locks.find(plane.db, 'net')).toMatchObject({ run: job.run });
  plane.clock.advance(100 * LEASE_MS);
  expect(await sweep()).toBe(0);
  expect(await actor.claim('apply')).toBeNull();
  await actor.push('net', 'newer');
  expect(await actor.claim()).toBeNull();
  expect(await actor.status(job.run)).toBe('interrupted');
});

test('a worker that was only cut off goes on: its heartbeat is heard, its state taken, its end believed', async () => {
  const job = await silent('net');
  await sweep();
  expect(await beat(job.run, job.attempt)).toMatchObject({ fenced: [], cancel: [] });
  expect((await actor.run(job.run))?.lease_until).toBeGreaterThan(plane.clock.now());
  await actor.terraform(job, { serial: 1, resources: ['a'] });
  expect(await actor.tell(job)).toMatchObject({ status: 'applied', end: 'applied' });
});

test('a worker that died adopts what it left, interrupted or not; a second offer is the same adoption', async () => {
  const job = await silent('net');
  await sweep();
  const offer = { run: job.run, attempt: job.attempt, worker: 'w1', root: '/root', evidence: 'exited' as const };
  const adopted = await plane.adoptions.adopt(offer);
  expect(adopted).toMatchObject({
    attempt: job.attempt + 1,
    assignment: { phase: 'apply', plan_digest: job.plan_digest },
  });
  expect((await plane.adoptions.adopt(offer)).attempt).toBe(adopted.attempt);
  expect(await actor.status(job.run)).toBe('interrupted');
  await expect(actor.tell(job)).rejects.toMatchObject({ code: 'fenced' });
  const told = { ...adopted.assignment, attempt: adopted.attempt };
  const ended = await actor.tell(told, { ...KILLED, completed: [madeResource('a')], adopted: true });
  expect(ended).toMatchObject({ status: 'failed', end: 'orphans' });
});

test('one that never started is not begun behind people’s back once it was called interrupted', async () => {
  const job = await silent('net');
  await sweep();
  expect(await actor.tell(job, NEVER_STARTED)).toMatchObject({ status: 'failed', end: 'failed_before_change' });
});

test('a worker that is there and does not know of its apply has lost its directory: the stack is blocked', async () => {
  const job = await silent('net');
  await actor.hello();
  await sweep();
  const run = await actor.run(job.run);
  expect(run).toMatchObject({ status: 'interrupted', next_step: expect.stringContaining('holdfast unlock net') });
  expect(await blockedOf('net')).toContain(job.run);
  // It was only slow after all: what is known now is harmless, and the block that silence made goes.
  await actor.terraform(job, { serial: 1, resources: ['a'] });
  expect(await actor.tell(job)).toMatchObject({ status: 'applied' });
  expect(await blockedOf('net')).toBeNull();
});

test('an engine proven dead whose worker never comes back ends the apply, with its stack blocked', async () => {
  const job = await silent('net');
  await plane.applies.reports.noteProcess(job.run, processOf(false, job.attempt));
  await sweep();
  expect((await actor.run(job.run))?.reason).toMatch(/its engine has ended/);
  plane.clock.advance(10 * LEASE_MS + 1);
  expect(await sweep()).toBe(1);
  expect(await actor.run(job.run)).toMatchObject({ status: 'failed', end: null });
  expect(await blockedOf('net')).not.toBeNull();
  expect(await plane.state.locks.find(plane.db, 'net')).toBeNull();
});

test('an engine that lived on and ended only now is not given up at once: its worker may be about to tell', async () => {
  const job = await silent('net');
  await plane.applies.reports.noteProcess(job.run, processOf(true, job.attempt));
  await sweep();
  plane.clock.advance(20 * LEASE_MS);
  await plane.db
    .updateTable('runs')
    .set({ process: JSON.stringify(processOf(false, job.attempt)) })
    .execute();
  expect(await sweep()).toBe(0);
  plane.clock.advance(10 * LEASE_MS);
  expect(await sweep()).toBe(0);
  expect(await actor.status(job.run)).toBe('interrupted');
  plane.clock.advance(1);
  expect(await sweep()).toBe(1);
  expect(await actor.status(job.run)).toBe('failed');
});

test('locks are shown with their evidence, and freed by a person only where nobody proves that the holder lives', async () => {
  const { locks, reports } = plane.applies;
  const job = await actor.begin('net');
  const heard = expect.stringContaining('heard of');
  expect(await locks.list()).toMatchObject([{ stack: 'net', run: job.run, state: 'alive', evidence: heard }]);
  await expect(locks.unlock('net', 'token:ana')).rejects.toThrow(/its holder lives .*w1 was heard of/);
  plane.clock.advance(LEASE_MS + 1);
  await reports.noteProcess(job.run, processOf(true, job.attempt));
  expect((await locks.list())[0]).toMatchObject({
    state: 'alive',
    evidence: expect.stringContaining(`pid ${process.pid}`),
  });
  await expect(locks.unlock('net', 'token:ana')).rejects.toMatchObject({ code: 'conflict' });
  await reports.noteProcess(job.run, { ...processOf(true, job.attempt), host: 'another-host' });
  expect((await locks.list())[0]).toMatchObject({ state: 'unknown' });
  const { freed, foreign } = await locks.unlock('net', 'token:ana');
  expect([freed?.run, foreign]).toEqual([job.run, null]);
  expect(await actor.run(job.run)).toMatchObject({
    status: 'failed',
    end: null,
    reason: expect.stringContaining('token:ana'),
  });
  expect(await locks.list()).toEqual([]);
  expect(await blockedOf('net')).not.toBeNull();
  await expect(actor.tell(job)).resolves.toMatchObject({ status: 'failed' });
  const token = new URL(job.state_url ?? '').password;
  expect(await plane.state.tokens.verify(plane.db, token)).toMatchObject({ hasEnded: true });
  expect((await locks.unlock('net', 'token:ana')).freed).toBeNull();
});

test('a lock of a laptop is unknown, and freed on the word of a person', async () => {
  const info = { id: 'bob', operation: 'apply', who: 'bob@laptop', text: '{}' };
  await plane.state.service.lock('net', { kind: 'admin', actor: 'token:bob' }, info);
  const view = (await plane.applies.locks.list())[0];
  expect(view).toMatchObject({ run: null, state: 'unknown', lockId: 'bob', holder: 'bob@laptop (token:bob)' });
  expect((await plane.applies.locks.unlock('net', 'token:ana')).freed).toMatchObject({ lockId: 'bob' });
  const audit = await plane.db.selectFrom('audit').selectAll().where('action', '=', 'lock.forced').execute();
  expect(audit).toMatchObject([{ actor: 'token:ana', subject: 'net' }]);
});

test('an approved plan whose root is gone for long is made again where there are workers', async () => {
  await actor.push('net', '1');
  const plan = await actor.plan();
  await actor.approve(plan.id);
  const other = new ApplyActor(plane, 'w2', '/elsewhere');
  plane.clock.advance(10 * LEASE_MS + 1);
  await actor.hello();
  expect(await sweep()).toBe(0);
  plane.clock.advance(10 * LEASE_MS + 1);
  await other.hello();
  expect(await other.claim('plan')).toBeNull();
  expect(await sweep()).toBe(1);
  expect(await actor.run(plan.id)).toMatchObject({ status: 'stale', reason: expect.stringContaining('/root') });
  expect((await other.plan()).root).toBe('/elsewhere');
});

test('nothing is judged before one whole lease has passed since the start', async () => {
  await actor.begin('net');
  await plane.db.updateTable('runs').set({ lease_until: 1 }).execute();
  expect(await sweep()).toBe(0);
});
