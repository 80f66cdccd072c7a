import { createHmac } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import { connect } from 'node:net';
import Fastify, { type FastifyInstance } from 'fastify';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { sendProblem } from '../../src/api/problem.ts';
import { registerWebhookRoutes } from '../../src/features/repos/index.ts';
import { systemClock } from '../../src/kernel/clock.ts';
import { silentLogger } from '../../src/kernel/logger.ts';

const BODY = '{"ref":"refs/heads/main"}';
const secret = (text: string) => ({ reveal: () => text });
const sign = (body: string, key: string) => `sha256=${createHmac('sha256', key).update(body).digest('hex')}`;

let app: FastifyInstance;
let hints: string[];

beforeEach(async () => {
  hints = [];
  app = Fastify({ forceCloseConnections: true });
  app.setErrorHandler(sendProblem({ logger: silentLogger, clock: systemClock }));
  await registerWebhookRoutes(app, {
    repositories: [
      { name: 'infra', branch: 'main', webhook: { provider: 'github', secret: secret('one') } },
      { name: 'team/apps', branch: 'main', webhook: { provider: 'github', secret: secret('two') } },
      { name: 'tea', branch: 'main', webhook: { provider: 'forgejo', secret: secret('three') } },
      { name: 'quiet', branch: 'main', webhook: null },
    ],
    hint: (name) => hints.push(name),
    clock: systemClock,
    log: silentLogger,
  });
});
afterEach(() => app.close());

function post(url: string, body: string, headers: Record<string, string> = {}) {
  return app.inject({
    method: 'POST',
    url,
    payload: body,
    headers: { 'content-type': 'application/json', ...headers },
  });
}
const github = (body: string, key: string, more = {}) => ({
  'x-github-event': 'push',
  'x-hub-signature-256': sign(body, key),
  ...more,
});

test('a right signature is a hint for exactly its repository', async () => {
  const response = await post('/webhooks/infra', BODY, github(BODY, 'one'));
  expect(response.statusCode).toBe(202);
  expect(response.json()).toEqual({ status: 'accepted' });
  expect((await post('/webhooks/team%2Fapps', BODY, github(BODY, 'two'))).statusCode).toBe(202);
  expect(hints).toEqual(['infra', 'team/apps']);
});

test('/events finds the provider by header and the repository by its secret', async () => {
  expect((await post('/events', BODY, github(BODY, 'two'))).statusCode).toBe(202);
  const tea = { 'x-github-event': 'push', 'x-gitea-event': 'push', 'x-gitea-signature': sign(BODY, 'three').slice(7) };
  expect((await post('/events', BODY, tea)).statusCode).toBe(202);
  expect(hints).toEqual(['team/apps', 'tea']);
  expect((await post('/events', BODY, github(BODY, 'nobody'))).statusCode).toBe(401);
  expect((await post('/events', BODY, { 'x-gitlab-event': 'Push Hook', 'x-gitlab-token': 'one' })).statusCode).toBe(
    401,
  );
});

test('a wrong or missing signature is 401 as problem+json, and nothing happens', async () => {
  for (const headers of [{}, github(BODY, 'two'), github('other', 'one')]) {
    const response = await post('/webhooks/infra', BODY, headers);
    expect(response.statusCode).toBe(401);
    expect(response.headers['content-type']).toContain('application/problem+json');
  }
  expect(hints).toEqual([]);
});

test('without a secret, and without such a repository, the endpoint is off with the same words', async () => {
  const quiet = await post('/webhooks/quiet', BODY, github(BODY, 'one'));
  const nobody = await post('/webhooks/nobody', BODY, github(BODY, 'one'));
  expect([quiet.statusCode, nobody.statusCode]).toEqual([404, 404]);
  expect(quiet.json().detail.replace('quiet', 'nobody')).toBe(nobody.json().detail);
});

test('a signed body of the wrong shape is 400', async () => {
  for (const body of ['[]', '{', '{"ref":{}}']) {
    expect((await post('/webhooks/infra', body, github(body, 'one'))).statusCode).toBe(400);
  }
});

test('other branches and pings are acknowledged, redeliveries are told', async () => {
  const other = '{"ref":"refs/heads/dev"}';
  expect((await post('/webhooks/infra', other, github(other, 'one'))).json()).toEqual({ status: 'ignored' });
  expect((await post('/webhooks/infra', '{}', { ...github('{}', 'one'), 'x-github-event': 'ping' })).json()).toEqual({
    status: 'pong',
  });
  const delivered = github(BODY, 'one', { 'x-github-delivery': 'd1' });
  await post('/webhooks/infra', BODY, delivered);
  expect((await post('/webhooks/infra', BODY, delivered)).json()).toEqual({ status: 'duplicate' });
  expect(hints).toEqual(['infra']);
});

test('many small mistakes shut nobody out, megabytes of them do', async () => {
  for (let i = 0; i < 300; i++) await post('/webhooks/infra', BODY);
  expect((await post('/webhooks/infra', BODY, github(BODY, 'one'))).statusCode).toBe(202);
  const big = ' '.repeat(1024 ** 2);
  for (let i = 0; i < 260; i++) await post('/webhooks/infra', big);
  expect((await post('/webhooks/infra', BODY, github(BODY, 'one'))).statusCode).toBe(503);
});

test('100 MB are refused by their announcement, before a byte of them was read', async () => {
  await app.listen({ port: 0, host: '127.0.0.1' });
  const { port } = app.server.address() as AddressInfo;
  const answer = await new Promise<string>((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => {
      socket.write(
        'POST /webhooks/infra HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 104857600\r\n\r\n',
      );
    });
    socket.once('data', (chunk) => {
      resolve(chunk.toString());
      socket.destroy();
    });
    socket.on('error', reject);
  });
  expect(answer).toContain('413');
});

test('a client that sends 100 MB before it reads is told 413, and sees no broken pipe', async () => {
  await app.listen({ port: 0, host: '127.0.0.1' });
  const { port } = app.server.address() as AddressInfo;
  const answer = await new Promise<string>((resolve, reject) => {
    const socket = connect(port, '127.0.0.1').on('error', reject);
    const size = 100 * 1024 ** 2;
    socket.write(`POST /webhooks/infra HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: ${size}\r\n\r\n`);
    let sent = 0;
    const piece = Buffer.alloc(1024 ** 2);
    const more = () => {
      sent += piece.length;
      if (sent <= size) return void socket.write(piece, (error) => (error ? reject(error) : more()));
      socket.once('data', (chunk) => resolve(chunk.toString()));
    };
    more();
  });
  expect(answer).toContain('413');
});

test('an endless body without a length ends at 1 MiB', async () => {
  await app.listen({ port: 0, host: '127.0.0.1' });
  const { port } = app.server.address() as AddressInfo;
  const body = new ReadableStream({
    pull(controller) {
      controller.enqueue(new Uint8Array(65_536));
    },
  });
  const options = {
    method: 'POST',
    body,
    duplex: 'half',
    headers: { 'content-type': 'application/json' },
  } as RequestInit;
  const response = await fetch(`http://127.0.0.1:${port}/webhooks/infra`, options).then(
    (r) => r.status,
    // The server may hang up before the client has read the answer.
    () => 413,
  );
  expect(response).toBe(413);
});

test('two signature headers are refused even where the second is right', async () => {
  await app.listen({ port: 0, host: '127.0.0.1' });
  const { port } = app.server.address() as AddressInfo;
  const headers: [string, string][] = [
    ['x-github-event', 'push'],
    ['x-hub-signature-256', sign('other', 'one')],
    ['x-hub-signature-256', sign(BODY, 'one')],
  ];
  const { request } = await import('node:http');
  const status = await new Promise((resolve, reject) => {
    const call = request({ port, host: '127.0.0.1', method: 'POST', path: '/webhooks/infra' }, (r) =>
      resolve(r.statusCode),
    );
    for (const [name] of headers)
      call.setHeader(
        name,
        headers.filter(([n]) => n === name).map(([, value]) => value),
      );
    call.on('error', reject);
    call.end(BODY);
  });
  expect(status).toBe(401);
});
