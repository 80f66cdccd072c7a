import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ADMIN_TOKEN, startStateBackend, type TestStateBackend, VIEWER_TOKEN } from '../support/state-backend.ts';
import { StateClient, stateOf } from '../support/state-client.ts';

let server: TestStateBackend;
beforeAll(async () => {
  server = await startStateBackend({ maxBytes: 2 << 20 });
});
afterAll(() => server.remove());
const client = (stack: string, token = ADMIN_TOKEN) => new StateClient(server.url, stack, token);

test('no version ever is a 404, and the only one; afterwards the bytes come back as they were', async () => {
  const state = client('net/prod & co');
  expect((await state.get()).status).toBe(404);
  await state.lock('l1');
  const bytes = stateOf(1);
  expect((await state.post('l1', bytes)).status).toBe(200);
  await state.unlock('l1');
  const reply = await state.get();
  expect(reply).toMatchObject({ status: 200, text: bytes });
  expect(reply.headers.get('content-length')).toBe(String(bytes.length));
  expect((await client('net').get()).status).toBe(404);
});

test('a held lock is a 423 with the holder, to the holder a 200', async () => {
  const state = client('locked');
  expect((await state.lock('l1', { Who: 'ann@laptop' })).status).toBe(200);
  expect((await state.lock('l1')).status).toBe(200);
  const refused = await state.lock('l2', { Who: 'bob@laptop' });
  expect(refused.status).toBe(423);
  expect(JSON.parse(refused.text)).toMatchObject({ ID: 'l1', Who: 'ann@laptop' });
  const wrong = await state.unlock('l2');
  expect(wrong.status).toBe(409);
  expect(JSON.parse(wrong.text)).toMatchObject({ ID: 'l1' });
  expect((await state.unlock('l1')).status).toBe(200);
  expect((await state.lock('l2')).status).toBe(200);
});

test('an UNLOCK whose answer was lost may be repeated, even when somebody else has locked since', async () => {
  const state = client('unlock-again');
  await state.lock('l1');
  await state.unlock('l1');
  expect((await state.unlock('l1')).status).toBe(200);
  await state.lock('l2');
  expect((await state.unlock('l1')).status).toBe(200);
  expect((await state.lock('l3')).status).toBe(423);
});

test('an admin may force-unlock with an empty body what no run holds', async () => {
  const state = client('forced');
  await state.lock('l1');
  expect((await state.unlock(null)).status).toBe(200);
  expect((await state.lock('l2')).status).toBe(200);
});

test('writes want the lock they were made under', async () => {
  const state = client('fenced');
  expect((await state.post(null, stateOf(1))).status).toBe(409);
  expect((await state.post('l1', stateOf(1))).status).toBe(409);
  await state.lock('l1');
  expect((await state.post(null, stateOf(1))).text).toContain('-lock=false');
  expect((await state.post('other', stateOf(1))).status).toBe(409);
  expect((await state.get()).status).toBe(404);
  expect((await state.post('l1', stateOf(1))).status).toBe(200);
});

test('serials go up, lineages stay, identical bytes may come twice', async () => {
  const state = client('serials');
  await state.lock('l1');
  expect((await state.post('l1', stateOf(5))).status).toBe(200);
  expect((await state.post('l1', stateOf(5))).status).toBe(200);
  expect((await state.post('l1', stateOf(5, 'lineage-a', 'other'))).status).toBe(409);
  expect((await state.post('l1', stateOf(4))).status).toBe(409);
  expect((await state.post('l1', stateOf(9, 'lineage-b'))).text).toContain('another state');
  expect((await state.post('l1', stateOf(7))).status).toBe(200);
  expect((await server.backend.history.list('serials', 10)).map((version) => version.serial)).toEqual([7, 5]);
});

test('what is no state is a 400, and what is too large a 413', async () => {
  const state = client('bad');
  await state.lock('l1');
  const bad = ['', 'null', '{"serial": 1', '{"serial": 1}', `${stateOf(1)}x`, '{"serial":1,"serial":2,"lineage":"l"}'];
  for (const body of bad) expect((await state.post('l1', body)).status, body).toBe(400);
  expect((await state.post('l1', stateOf(1), { 'content-md5': 'AAAAAAAAAAAAAAAAAAAAAA==' })).status).toBe(400);
  expect((await state.post('l1', stateOf(1, 'lineage-a', 'x'.repeat(3 << 20)))).status).toBe(413);
  expect((await state.send('LOCK', '', '{"no": "id"}')).status).toBe(400);
  expect((await state.send('LOCK', '', 'no json')).status).toBe(400);
  expect((await state.send('UNLOCK', '', 'no json')).status).toBe(400);
  expect((await state.get()).status).toBe(404);
});

test('a body without an announced length that grows too large is answered, not cut off', async () => {
  await client('chunked').lock('l1');
  const status = await new Promise((resolve, reject) => {
    const sent = request(
      `${server.url}/state/chunked?ID=l1`,
      { method: 'POST', auth: `hf:${ADMIN_TOKEN}` },
      (response) => resolve(response.resume().statusCode),
    );
    sent.on('error', reject);
    sent.write(`{"serial":1,"lineage":"l","x":"`);
    for (let i = 0; i < 40; i++) sent.write('x'.repeat(100_000));
    sent.end('"}');
  });
  expect(status).toBe(413);
});

test('who has no right is told so: never a 404', async () => {
  expect((await client('s', 'wrong').get()).status).toBe(401);
  const reply = await fetch(`${server.url}/state/s`);
  expect(reply.status).toBe(401);
  expect(reply.headers.get('www-authenticate')).toContain('Basic');
  expect((await client('s', VIEWER_TOKEN).get()).status).toBe(403);
  expect((await client('s').send('DELETE', '', null)).status).toBe(405);
  const auth = { authorization: `Basic ${btoa(`hf:${ADMIN_TOKEN}`)}` };
  for (const path of ['/state', '/state/', '/state/%00', '/state/%ff', `/state/${'x'.repeat(600)}`]) {
    expect((await fetch(server.url + path, { headers: auth })).status, path).toBe(400);
  }
  expect((await fetch(`${server.url}/state/${'x'.repeat(500)}`, { headers: auth })).status).toBe(404);
});

test('bytes that cannot be read are a 500, or break off: never a 404 and never half a state', async () => {
  const other = await startStateBackend();
  const file = async (stack: string) => {
    const version = (await other.backend.history.list(stack, 1))[0];
    return join(other.dir, 'artifacts', version?.path ?? '');
  };
  for (const [stack, size] of [
    ['small', 10],
    ['large', 900_000],
  ] as const) {
    const state = new StateClient(other.url, stack, ADMIN_TOKEN);
    await state.lock('l1');
    await state.post('l1', stateOf(1, 'lineage-a', 'x'.repeat(size)));
    const bytes = readFileSync(await file(stack));
    writeFileSync(await file(stack), bytes.subarray(0, -1));
    if (stack === 'small') expect((await state.get()).status).toBe(500);
    else await expect(state.get()).rejects.toThrow();
    writeFileSync(await file(stack), bytes);
    expect((await state.get()).status).toBe(200);
    rmSync(await file(stack));
    expect((await state.get()).status).toBe(500);
  }
  await other.remove();
});

test('a starting or overloaded backend says come again', async () => {
  let isReady = false;
  const other = await startStateBackend({ isReady: () => isReady, maxConcurrent: 0 });
  const state = new StateClient(other.url, 's', ADMIN_TOKEN);
  for (const _ of ['starting', 'overloaded']) {
    const reply = await state.get();
    expect(reply.status).toBe(503);
    expect(reply.headers.get('retry-after')).toBe('2');
    isReady = true;
  }
  await other.remove();
});

test('a database that fails is a 503 on every verb', async () => {
  const other = await startStateBackend();
  await other.db.destroy();
  const state = new StateClient(other.url, 's', ADMIN_TOKEN);
  for (const reply of [state.get(), state.lock('l'), state.unlock('l'), state.post('l', stateOf(1))]) {
    expect((await reply).status).toBe(503);
  }
  await other.remove();
});
