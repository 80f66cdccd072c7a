import { afterEach, expect, test } from 'vitest';
import { z } from 'zod';
import { type FakeInstance, startFakeInstance } from '../../test/support/cli-harness.ts';
import { systemClock } from '../kernel/clock.ts';
import { createApiClient } from './api-client.ts';

const open: FakeInstance[] = [];
afterEach(async () => {
  for (const instance of open.splice(0)) await instance.close();
});

async function clientFor(answers: Parameters<typeof startFakeInstance>[0]) {
  const instance = await startFakeInstance(answers);
  open.push(instance);
  const at = { address: instance.address, token: 'secret-token', from: '--server' };
  return { instance, api: createApiClient({ instance: at, fetch, clock: systemClock, version: '1' }) };
}
const Answer = z.object({ ok: z.boolean() });

test('an answer comes as it was sent and as its schema reads it', async () => {
  const { api, instance } = await clientFor({ 'GET /x': { body: { ok: true, more: 1 } } });
  expect(await api.get('/x', Answer)).toEqual({ body: { ok: true, more: 1 }, value: { ok: true } });
  expect(instance.requests[0]?.token).toBe('Bearer secret-token');
});

test('a problem is an error with its code, its text and its way out', async () => {
  const problem = { type: 'about:blank', title: 'Conflict', status: 409, code: 'conflict' };
  const { api } = await clientFor({
    'POST /x': { status: 409, body: { ...problem, detail: 'run is applying', way_out: 'wait' } },
  });
  await expect(api.post('/x', {}, Answer)).rejects.toMatchObject({
    code: 'conflict',
    message: 'run is applying',
    treatment: { kind: 'human', wayOut: 'wait' },
  });
});

test('a refused token is said without showing it', async () => {
  const { api } = await clientFor({ 'GET /x': (_req, res) => res.writeHead(401).end('<html>') });
  const error = await api.get('/x', Answer).catch((thrown: unknown) => thrown);
  expect(error).toMatchObject({ code: 'unauthenticated', treatment: { wayOut: expect.stringContaining('--token') } });
  expect(JSON.stringify(error)).not.toContain('secret-token');
});

test('an instance that starts is waited for; what is down for another reason is not', async () => {
  let asked = 0;
  const { api } = await clientFor({
    'GET /starting': (_req, res) => {
      asked++;
      if (asked < 3) res.writeHead(503, { 'retry-after': '0' }).end();
      else res.end('{"ok": true}');
    },
    'GET /down': { status: 503, body: {} },
  });
  expect((await api.get('/starting', Answer)).value).toEqual({ ok: true });
  await expect(api.get('/down', Answer)).rejects.toMatchObject({ code: 'busy' });
  expect((await api.get('/down', z.object({}), { accept: 503 })).body).toEqual({});
});

test('what is no Holdfast is said to be none', async () => {
  const { api } = await clientFor({ 'GET /x': (_req, res) => res.end('<html>'), 'GET /y': { body: { ok: 'yes' } } });
  await expect(api.get('/x', Answer)).rejects.toThrow('is not what this version understands (no JSON)');
  await expect(api.get('/y', Answer)).rejects.toThrow('`ok`:');
});

test('a redirect is not followed: the token stays here', async () => {
  const { api, instance } = await clientFor({
    'GET /x': (_req, res) => res.writeHead(302, { location: '/y' }).end(),
    'GET /y': { body: { ok: true } },
  });
  await expect(api.get('/x', Answer)).rejects.toMatchObject({ code: 'away' });
  expect(instance.requests.map(({ url }) => url)).toEqual(['/x']);
});

test('nobody there is an error that says how to start it', async () => {
  const { api, instance } = await clientFor({});
  await instance.close();
  await expect(api.get('/x', Answer)).rejects.toMatchObject({
    code: 'away',
    message: `Holdfast does not answer at ${instance.address}: connection refused`,
    treatment: { wayOut: expect.stringContaining('holdfast up') },
  });
  open.length = 0;
});
