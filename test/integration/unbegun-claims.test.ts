import { afterEach, beforeEach, expect, test } from 'vitest';
import { ApplyActor } from '../support/apply-actor.ts';
import { type ControlPlane, LEASE_MS, openControlPlane } from '../support/apply-fixtures.ts';

let plane: ControlPlane;
let actor: ApplyActor;

beforeEach(async () => {
  plane = await openControlPlane();
  actor = new ApplyActor(plane);
});
afterEach(() => plane.close());

const tell = (...claims: string[]) => plane.unbegun.takeBack({ worker: 'w1', claims });
const lock = () => plane.state.locks.find(plane.db, 'net');

/** An apply that was claimed as `claim-of-apply`, and of which the worker never heard. */
async function claimedApply(): Promise<string> {
  await actor.push('net', '1');
  const { id } = await actor.plan();
  await actor.approve(id);
  await actor.claim('apply', 'claim-of-apply');
  expect(await actor.status(id)).toBe('applying');
  return id;
}

test('a plan that was claimed and never begun is queued again at once', async () => {
  await actor.push('net', '1');
  const lost = await actor.claim('plan', 'claim-of-plan');
  await tell('claim-of-plan');
  expect(await actor.status(lost?.run ?? '')).toBe('queued');
  expect(await actor.claim()).toMatchObject({ run: lost?.run, attempt: 2 });
  await tell('claim-of-plan');
  expect(await actor.status(lost?.run ?? '')).toBe('preparing');
});

test('an apply that was claimed and never begun is approved again, and its stack free', async () => {
  const id = await claimedApply();
  await tell('claim-of-apply');
  expect(await actor.status(id)).toBe('approved');
  expect(await lock()).toBeNull();
  const job = await actor.claim('apply');
  await tell('claim-of-apply');
  expect(await actor.run(id)).toMatchObject({ status: 'applying', attempt: job?.attempt });
});

test('interrupted meanwhile, it ends as failed before anything was changed', async () => {
  const id = await claimedApply();
  plane.clock.advance(2 * LEASE_MS);
  await plane.applies.sweep.runOnce();
  expect(await actor.status(id)).toBe('interrupted');
  await tell('claim-of-apply');
  expect(await actor.run(id)).toMatchObject({ status: 'failed', end: 'failed_before_change' });
  expect(await lock()).toBeNull();
});

test('a claim that was adopted since is not taken back', async () => {
  const id = await claimedApply();
  await plane.adoptions.adopt({ run: id, attempt: 2, worker: 'w1', root: '/root', evidence: 'running' });
  await tell('claim-of-apply');
  expect(await actor.run(id)).toMatchObject({ status: 'applying', attempt: 3 });
});

test('a claim that is still on its way gets nothing once it was given back', async () => {
  await actor.push('net', '1');
  await tell('claim-on-its-way', 'another-such-claim');
  expect(await actor.claim('plan', 'claim-on-its-way')).toBeNull();
  expect(await actor.claim('plan', 'claim-of-this-life')).toMatchObject({ attempt: 1 });
});

test('the same claim twice at once is answered the same, and takes one run', async () => {
  await actor.push('net', '1');
  await actor.push('dns', '1');
  const [one, other] = await Promise.all([actor.claim('plan', 'one-claim-id'), actor.claim('plan', 'one-claim-id')]);
  expect(one?.run).toBe(other?.run);
  expect(one).toMatchObject({ attempt: 1 });
  expect(await actor.claim()).not.toBeNull();
});
