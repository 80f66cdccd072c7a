import { afterAll, beforeAll, expect, test } from 'vitest';
import { ADMIN_TOKEN, putRun, startStateBackend, type TestStateBackend } from '../support/state-backend.ts';
import { StateClient, stateOf } from '../support/state-client.ts';

let server: TestStateBackend;
beforeAll(async () => {
  server = await startStateBackend({ keepVersions: 3 });
});
afterAll(() => server.remove());

const admin = (stack: string) => new StateClient(server.url, stack, ADMIN_TOKEN);

async function runClient(stack: string, run: string, phase: 'plan' | 'apply'): Promise<StateClient> {
  const token = await server.db.transaction().execute((tx) => server.backend.access.mint(tx, { run, stack, phase }));
  expect(server.backend.access.urlFor(stack, token)).toContain(`hf:${token}@127.0.0.1`);
  return new StateClient(server.url, stack, token);
}

async function writeVersions(stack: string, serials: readonly number[]): Promise<void> {
  const state = admin(stack);
  await state.lock('setup');
  for (const serial of serials)
    expect((await state.post('setup', stateOf(serial, stack, `v${serial}`))).status).toBe(200);
  await state.unlock('setup');
}

test("a run's token follows the run's status, from the plan to the proven end", async () => {
  await putRun(server.db, 'r1', 'app', 'queued');
  const plan = await runClient('app', 'r1', 'plan');
  expect((await plan.get()).status).toBe(403);
  await putRun(server.db, 'r1', 'app', 'planning');
  expect((await plan.get()).status).toBe(404);
  expect((await plan.lock('l1')).status).toBe(403);
  expect((await plan.post('l1', stateOf(1))).status).toBe(403);
  await putRun(server.db, 'r1', 'app', 'applying');
  expect((await plan.get()).status).toBe(403);
  const apply = await runClient('app', 'r1', 'apply');
  expect((await apply.lock('l1')).status).toBe(200);
  expect((await apply.post('l1', stateOf(1))).status).toBe(200);
  await putRun(server.db, 'r1', 'app', 'interrupted');
  expect((await apply.post('l1', stateOf(2))).status).toBe(200);
  expect((await apply.unlock('l1')).status).toBe(200);
  await server.db.transaction().execute((tx) => server.backend.access.endFor(tx, 'r1'));
  expect((await apply.get()).status).toBe(403);
  await putRun(server.db, 'r1', 'app', 'applied');
  expect((await admin('app').lock('l2')).status).toBe(200);
  const other = await runClient('app', 'r1', 'apply');
  expect((await other.get()).status).toBe(403);
});

test('a claimed stack is closed to everybody else until the end of the run is recorded', async () => {
  await putRun(server.db, 'r2', 'claimed', 'applying');
  const { locks, access } = server.backend;
  const claim = { stack: 'claimed', run: 'r2', holder: 'run r2' };
  expect(await server.db.transaction().execute((tx) => locks.claim(tx, claim))).toBeNull();
  const refused = await admin('claimed').lock('laptop');
  expect(refused.status).toBe(423);
  expect(JSON.parse(refused.text)).toMatchObject({ ID: 'run:r2', Who: 'run r2' });
  const run = await runClient('claimed', 'r2', 'apply');
  expect((await run.lock('l1')).status).toBe(200);
  expect((await admin('claimed').unlock(null)).status).toBe(409);
  expect((await admin('claimed').unlock('l1')).status).toBe(409);
  expect((await run.unlock('l1')).status).toBe(200);
  expect((await run.unlock('l1')).status).toBe(200);
  expect((await admin('claimed').lock('laptop')).status).toBe(423);
  expect((await run.post('l1', stateOf(1))).status).toBe(409);
  await server.db.transaction().execute((tx) => access.endFor(tx, 'r2'));
  expect((await admin('claimed').lock('laptop')).status).toBe(200);
});

test('a run does not get a stack that a person holds, and is told who', async () => {
  await admin('busy').lock('laptop', { Who: 'ann@laptop' });
  const claim = { stack: 'busy', run: 'r3', holder: 'run r3' };
  const held = await server.db.transaction().execute((tx) => server.backend.locks.claim(tx, claim));
  expect(held?.holder).toBe('ann@laptop (token:admin)');
  expect((await server.backend.locks.list(server.db)).map((lock) => lock.stack)).toContain('busy');
});

test('a token of one stack opens no other', async () => {
  await putRun(server.db, 'r4', 'mine', 'applying');
  const token = await server.db
    .transaction()
    .execute((tx) => server.backend.access.mint(tx, { run: 'r4', stack: 'mine', phase: 'apply' }));
  expect((await new StateClient(server.url, 'theirs', token).get()).status).toBe(403);
  expect((await new StateClient(server.url, 'mine', `${token}x`).get()).status).toBe(401);
});

test('an old version becomes the newest, with the next serial', async () => {
  const { history, access } = server.backend;
  await writeVersions('old', [1, 2, 5]);
  expect(await history.restore('old', 2, 'token:ann')).toBe(6);
  expect((await admin('old').get()).text).toBe(stateOf(6, 'old', 'v2'));
  expect(await access.current(server.db, 'old')).toMatchObject({ serial: 6, lineage: 'old' });
  const versions = await history.list('old', 10);
  expect(versions.map((version) => version.serial)).toEqual([6, 5, 2]);
  expect(versions[0]).toMatchObject({ who: 'token:ann', run: null, terraform_version: '1.11.4' });
  const rows = await server.db.selectFrom('audit').selectAll().where('subject', '=', 'old').execute();
  expect(rows.map((row) => row.action)).toEqual([
    'lock.taken',
    ...Array(3).fill('state.written'),
    'lock.freed',
    'state.restored',
  ]);
  await expect(history.pull('old', 1)).rejects.toMatchObject({ code: 'not_found' });
  await expect(history.pull('never', null)).rejects.toMatchObject({ code: 'not_found' });
});

test('nothing is restored while the stack is locked or a run of it is open', async () => {
  await writeVersions('held', [1, 2]);
  await admin('held').lock('l1');
  await expect(server.backend.history.restore('held', 1, 'x')).rejects.toThrow(/locked by me@laptop/);
  await admin('held').unlock('l1');
  await putRun(server.db, 'r5', 'held', 'awaiting_approval');
  await expect(server.backend.history.restore('held', 1, 'x')).rejects.toThrow(/run r5 is open/);
  await putRun(server.db, 'r5', 'held', 'discarded');
  expect(await server.backend.history.restore('held', 1, 'x')).toBe(3);
});

test('an errored state is taken under the lock of its run alone, serial and lineage kept', async () => {
  await writeVersions('errored', [3]);
  const { service, locks } = server.backend;
  const about = { stack: 'errored', run: 'r6', actor: 'worker:w1' };
  const bytes = [Buffer.from(stateOf(4, 'errored'))];
  await expect(service.takeErrored({ ...about, bytes })).rejects.toThrow(/does not hold the lock/);
  await server.db.transaction().execute((tx) => locks.claim(tx, { stack: 'errored', run: 'r6', holder: 'run r6' }));
  expect(await service.takeErrored({ ...about, bytes })).toBe('store');
  expect(await service.takeErrored({ ...about, bytes })).toBe('identical');
  const older = [Buffer.from(stateOf(2, 'errored'))];
  await expect(service.takeErrored({ ...about, bytes: older })).rejects.toMatchObject({ code: 'conflict' });
  expect((await admin('errored').get()).text).toBe(stateOf(4, 'errored'));
});
