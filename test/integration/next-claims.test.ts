import Fastify, { type FastifyInstance } from 'fastify';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { sendProblem } from '../../src/api/problem.ts';
import { type ExecutionDeps, NextClaims, registerExecutionRoutes } from '../../src/features/execution/index.ts';
import type { Assignment } from '../../src/features/execution/protocol.ts';
import { silentLogger } from '../../src/kernel/logger.ts';
import { bareOutcome } from '../../workers/run/bare-outcome.ts';
import { ApplyActor } from '../support/apply-actor.ts';
import { type ControlPlane, openControlPlane } from '../support/apply-fixtures.ts';

const SECRET = 'secret-of-workers';
let plane: ControlPlane;
let actor: ApplyActor;
let app: FastifyInstance;
let isQueueFirst: boolean;
let isBroken: boolean;
let rings: string[];

beforeEach(async () => {
  plane = await openControlPlane();
  actor = new ApplyActor(plane);
  isQueueFirst = false;
  isBroken = false;
  rings = [];
  const claims = {
    claim: (...args: Parameters<typeof plane.claims.claim>) =>
      isBroken ? Promise.reject(new Error('no database')) : plane.claims.claim(...args),
  };
  const next = new NextClaims({
    ...{ claims, files: plane.files, isQueueFirst: () => isQueueFirst, logger: silentLogger },
    ring: () => void rings.push('soon'),
    ringLater: () => void rings.push('later'),
  });
  app = Fastify();
  app.setErrorHandler(sendProblem({ logger: silentLogger, clock: plane.clock }));
  await registerExecutionRoutes(app, { ...plane, next, secret: SECRET } as unknown as ExecutionDeps);
});
afterEach(async () => {
  await app.close();
  await plane.close();
});

/** Tells that a plan has failed, and what its worker asks for besides. */
async function tell(job: Assignment | null, claimId: string | null, attempt = job?.attempt ?? 0) {
  const next = claimId === null ? {} : { next: { claim_id: claimId, worker: 'w1', root: '/root' } };
  const answer = await app.inject({
    method: 'POST',
    url: `/worker/v1/runs/${job?.run}/outcome`,
    headers: { authorization: `Bearer ${SECRET}`, 'x-holdfast-worker': 'w1' },
    payload: { ...bareOutcome({ attempt, phase: 'plan', result: 'failed', error: 'no plan' }), ...next },
  });
  return { status: answer.statusCode, body: answer.json() as { status: string; next?: Assignment | null } };
}

const moving = async () =>
  (await plane.db.selectFrom('runs').select('stack').where('status', '=', 'preparing').execute()).map(
    (row) => row.stack,
  );

test('an outcome is answered with the best run that waits; told again, with the same, and nothing else is given out', async () => {
  for (const stack of ['a', 'b', 'c']) await actor.push(stack, '1');
  const first = await actor.claim();
  const told = await tell(first, 'next-claim-1');
  expect(told).toMatchObject({ status: 200, body: { status: 'failed', next: { stack: 'b', attempt: 1 } } });
  const again = await tell(first, 'next-claim-1');
  expect(again.body).toMatchObject({ status: 'failed', next: { run: told.body.next?.run, attempt: 1 } });
  expect(await moving()).toEqual(['b']);
  // Once that one has ended, a request that was long on its way brings nothing.
  await tell(told.body.next ?? null, null);
  expect((await tell(first, 'next-claim-1')).body.next).toBeNull();
  expect(await moving()).toEqual([]);
});

test('an older worker, which asks for nothing, is told nothing, and given nothing', async () => {
  for (const stack of ['a', 'b']) await actor.push(stack, '1');
  const told = await tell(await actor.claim(), null);
  expect([told.status, 'next' in told.body]).toEqual([200, false]);
  expect(await moving()).toEqual([]);
});

test('a fenced attempt gets no run', async () => {
  for (const stack of ['a', 'b']) await actor.push(stack, '1');
  const first = await actor.claim();
  await plane.adoptions.adopt({ run: first?.run ?? '', attempt: 1, worker: 'w1', root: '/root', evidence: 'running' });
  expect(await tell(first, 'next-claim-1')).toMatchObject({ status: 409, body: { code: 'fenced' } });
  expect(await moving()).toEqual(['a']);
  expect(await plane.workers.findClaim('next-claim-1')).toBeNull();
});

test('where nothing waits, or a synthesis does, the slot goes back to the queue', async () => {
  for (const stack of ['a', 'b']) await actor.push(stack, '1');
  isQueueFirst = true;
  expect((await tell(await actor.claim(), 'next-claim-1')).body.next).toBeNull();
  isQueueFirst = false;
  expect((await tell(await actor.claim(), 'next-claim-2')).body.next).toBeNull();
  expect(rings).toEqual(['soon', 'soon']);
});

test('an approved apply goes before further plans', async () => {
  await actor.push('a', '1');
  const { id } = await actor.plan();
  for (const stack of ['b', 'c']) await actor.push(stack, '1');
  const job = await actor.claim();
  await actor.approve(id);
  expect((await tell(job, 'next-claim-1')).body.next).toMatchObject({ run: id, phase: 'apply', attempt: 2 });
});

test('in a long row of runs the doorbell has time', async () => {
  for (const stack of ['a', 'b', 'c', 'd', 'e', 'f']) await actor.push(stack, '1');
  expect((await tell(await actor.claim(), 'next-claim-1')).body.next).toMatchObject({ queue_is_deep: true });
  expect(rings).toEqual(['later']);
});

test('an outcome is recorded whatever becomes of its claim, of which then nothing is said; given back, it is void', async () => {
  for (const stack of ['a', 'b']) await actor.push(stack, '1');
  const first = await actor.claim();
  isBroken = true;
  const told = await tell(first, 'next-claim-1');
  expect([told.status, told.body.status, 'next' in told.body]).toEqual([200, 'failed', false]);
  await plane.unbegun.takeBack({ worker: 'w1', claims: ['next-claim-1'] });
  isBroken = false;
  expect((await tell(first, 'next-claim-1')).body.next).toBeNull();
  expect(await moving()).toEqual([]);
});

test('what an outcome was answered with and nobody began is queued again', async () => {
  for (const stack of ['a', 'b']) await actor.push(stack, '1');
  const { next } = (await tell(await actor.claim(), 'next-claim-1')).body;
  await plane.unbegun.takeBack({ worker: 'w1', claims: ['next-claim-1'] });
  expect(await actor.status(next?.run ?? '')).toBe('queued');
  expect(await actor.claim()).toMatchObject({ run: next?.run, attempt: 2 });
});
