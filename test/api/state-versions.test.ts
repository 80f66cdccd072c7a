import { createHash } from 'node:crypto';
import type { FastifyInstance } from 'fastify';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { StateRestored, StateVersionList } from '../../src/api/contract.ts';
import { apiOver, bearer, TOKENS } from '../support/api-fixtures.ts';
import { ADMIN_TOKEN, putRun, startStateBackend, type TestStateBackend } from '../support/state-backend.ts';
import { StateClient, stateOf } from '../support/state-client.ts';

const STACK = 'dev/net';
const VERSIONS = '/api/v1/stacks/dev%2Fnet/state/versions';
let state: TestStateBackend;
let app: FastifyInstance;
beforeEach(async () => {
  state = await startStateBackend();
  app = await apiOver(state.db, { states: state.backend.history });
});
afterEach(async () => {
  await app.close();
  await state.remove();
});

const get = (url: string, token = TOKENS.admin) => app.inject({ method: 'GET', url, headers: bearer(token) });
const restore = (serial: number | string, token = TOKENS.admin) =>
  app.inject({ method: 'POST', url: `${VERSIONS}/${serial}/restore`, headers: bearer(token) });

/** Writes serials 1 to `last` as terraform would. */
async function write(last: number): Promise<void> {
  const client = new StateClient(state.url, STACK, ADMIN_TOKEN);
  await client.lock('l1');
  for (let serial = 1; serial <= last; serial++) await client.post('l1', stateOf(serial, 'lin', `m${serial}`));
  await client.unlock('l1');
}

test('versions come newest first, page by page, with who wrote what when', async () => {
  await write(3);
  const first = StateVersionList.parse((await get(`${VERSIONS}?limit=2`, TOKENS.viewer)).json());
  const rest = StateVersionList.parse((await get(`${VERSIONS}?limit=2&cursor=${first.next}`)).json());
  expect([...first.versions, ...rest.versions].map(({ serial }) => serial)).toEqual([3, 2, 1]);
  expect(rest.next).toBeNull();
  const bytes = stateOf(3, 'lin', 'm3');
  expect(first).toMatchObject({ stack: STACK });
  expect(first.versions[0]).toMatchObject({
    lineage: 'lin',
    size: bytes.length,
    digest: createHash('sha256').update(bytes).digest('hex'),
    who: 'token:admin',
    run: null,
    terraform_version: '1.11.4',
  });
});

test('a version is its very bytes, the current one by name, too', async () => {
  await write(2);
  const old = await get(`${VERSIONS}/1`);
  expect(old.body).toBe(stateOf(1, 'lin', 'm1'));
  expect(old.headers).toMatchObject({ 'content-type': 'application/json', 'content-length': String(old.body.length) });
  expect((await get(`${VERSIONS}/latest`)).body).toBe(stateOf(2, 'lin', 'm2'));
});

test('what is not there is 404, with the way out; a wrong serial is 400', async () => {
  expect((await get(VERSIONS)).json()).toMatchObject({ code: 'not_found', way_out: 'list them with: holdfast stacks' });
  expect((await get(`${VERSIONS}/latest`)).json()).toMatchObject({ status: 404, code: 'not_found' });
  await write(1);
  const missing = (await get(`${VERSIONS}/7`)).json();
  expect(missing).toMatchObject({ status: 404, way_out: 'see: holdfast state list dev/net' });
  for (const serial of ['x', '-1', '1e3', '../1'])
    expect((await get(`${VERSIONS}/${serial}`)).statusCode).not.toBe(200);
  expect((await get(`${VERSIONS}/x`)).statusCode).toBe(400);
});

test('content is for admins: others see that there are versions, and strangers to the stack nothing', async () => {
  await write(2);
  for (const token of [TOKENS.viewer, TOKENS.dev, TOKENS.approver]) {
    expect((await get(VERSIONS, token)).statusCode).toBe(200);
    expect((await get(`${VERSIONS}/1`, token)).statusCode).toBe(403);
    expect((await restore(1, token)).statusCode).toBe(403);
  }
  expect((await get(VERSIONS.replace('dev', 'prod'), TOKENS.dev)).statusCode).toBe(404);
  expect((await get(`${VERSIONS}/latest`)).body).toBe(stateOf(2, 'lin', 'm2'));
});

test('restore stores an old version under the next serial, and says so in the audit', async () => {
  await write(3);
  const answer = StateRestored.parse((await restore(1)).json());
  expect(answer).toMatchObject({ stack: STACK, restored_from: 1, version: { serial: 4, who: 'token:root' } });
  expect((await get(`${VERSIONS}/latest`)).body).toBe(stateOf(4, 'lin', 'm1'));
  const rows = await state.db.selectFrom('audit').selectAll().where('action', '=', 'state.restored').execute();
  expect(rows).toMatchObject([{ actor: 'token:root', subject: STACK, stack: STACK }]);
});

test('restore is refused while somebody holds the lock, while a run is open, and of what is not there', async () => {
  await write(2);
  const client = new StateClient(state.url, STACK, ADMIN_TOKEN);
  await client.lock('l2');
  expect((await restore(1)).json()).toMatchObject({ status: 409, detail: expect.stringContaining('me@laptop') });
  await client.unlock('l2');
  await putRun(state.db, 'r1', STACK, 'awaiting_approval');
  expect((await restore(1)).json()).toMatchObject({ status: 409, detail: expect.stringContaining('run r1 is open') });
  await putRun(state.db, 'r1', STACK, 'discarded');
  expect((await restore(9)).statusCode).toBe(404);
  expect((await restore(1)).statusCode).toBe(200);
});
