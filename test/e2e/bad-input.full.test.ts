import { createHmac } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { makeRepository, type TestRepository } from '../support/git-repository.ts';
import { pathWithoutRedis } from '../support/instance/bare-path.ts';
import { resource } from '../support/instance/stack-files.ts';
import { TestInstance } from '../support/instance/test-instance.ts';
import { until } from '../support/until.ts';

const TIMEOUT = 180_000;
const SECRET = 'a secret that two sides know';

let instance: TestInstance;
let repository: TestRepository;
beforeEach(async () => {
  instance = await TestInstance.make();
  repository = makeRepository(join(instance.dir, 'infra'));
});
afterEach(() => instance.remove());

function watch(extra: Record<string, unknown> = {}, repositoryExtra: Record<string, unknown> = {}): void {
  const infra = { name: 'infra', url: repository.dir, poll_interval: '1s', ...repositoryExtra };
  instance.configure({ repositories: [infra], ...extra });
}

test('a stack that does not parse fails with file and line, the others go on; a broken holdfast.yaml loses nothing', {
  timeout: TIMEOUT,
}, async () => {
  watch();
  const first = repository.commit({
    'good/main.tf': resource('own'),
    'broken/main.tf': `${resource('own')}resource "terraform_data" {\n`,
    'wrong/main.tf': `${resource('own')}\noutput "x" { value = nothing.at_all }\n`,
  });
  await instance.start('up');
  const runs = new Map((await instance.settled(first, 3)).map((run) => [run.stack, run]));
  expect(runs.get('good')).toMatchObject({ status: 'awaiting_approval', error: null });
  expect(runs.get('broken')).toMatchObject({ status: 'failed', error: { file: 'broken/main.tf', line: 4 } });
  expect(runs.get('wrong')).toMatchObject({ status: 'failed', error: { file: 'wrong/main.tf', line: 5 } });
  expect((await instance.stacks()).find(({ name }) => name === 'broken')).toMatchObject({
    status: 'unreadable',
    reason: expect.stringContaining('broken/main.tf:4'),
  });

  repository.commit({ 'holdfast.yaml': 'version: 1\nstakcs: []\n', 'good/main.tf': resource('own', 'b') });
  const doctor = await until(async () => {
    const { stdout } = await instance.cli('doctor', '--json');
    const { checks } = JSON.parse(stdout) as { checks: { name: string; status: string; detail: string }[] };
    return checks.find(({ detail }) => detail.includes('stakcs'));
  });
  expect(doctor).toMatchObject({ status: 'warning', detail: expect.stringMatching(/holdfast\.yaml:2:1.*stacks/) });
  expect(await instance.runs()).toHaveLength(3);

  const good = repository.commit({ 'holdfast.yaml': 'version: 1\n', 'new/main.tf': resource('own') });
  const after = await instance.settled(good, 2);
  expect(after.map(({ stack, status }) => [stack, status]).sort()).toEqual([
    ['good', 'awaiting_approval'],
    ['new', 'awaiting_approval'],
  ]);
  expect(await instance.stop()).toEqual([]);
});

test('without terraform a run fails and says what to install', { timeout: TIMEOUT }, async () => {
  const bin = pathWithoutRedis(instance.dir, ['terraform']);
  instance.path = bin;
  watch();
  const head = repository.commit({ 'a/main.tf': resource('own') });
  await instance.start('up');
  const [run] = await instance.settled(head, 1);
  expect(run).toMatchObject({ status: 'failed', error: { summary: expect.stringContaining('terraform') } });
  expect(`${run?.error?.summary} ${run?.error?.detail}`).toContain("install terraform on the worker's PATH");

  writeFileSync(join(bin, 'terraform'), '#!/bin/sh\necho "cannot execute: wrong architecture" >&2\nexit 126\n', {
    mode: 0o755,
  });
  const second = repository.commit({ 'a/main.tf': resource('own', 'b') });
  const [next] = await instance.settled(second, 1);
  expect(next?.status).toBe('failed');
  expect(`${next?.error?.summary} ${next?.error?.detail}`).toContain(join(bin, 'terraform'));
  expect(await instance.stop()).toEqual([]);
});

test('webhooks that are not right do nothing: 401, 413, 400', { timeout: TIMEOUT }, async () => {
  const webhook = { provider: 'github', secret: SECRET };
  watch({ workers: { count: 0 } }, { poll_interval: '30d', first_sight: 'ignore', webhook });
  repository.commit({ 'a/main.tf': resource('own') });
  await instance.start('up');
  await until(async () => (await instance.stacks()).length === 1 || null);
  repository.commit({ 'a/main.tf': resource('own', 'b') });
  const push = '{"ref":"refs/heads/main"}';
  expect(await post(push, {})).toBe(401);
  expect(await post(push, { 'x-hub-signature-256': `sha256=${'0'.repeat(64)}` })).toBe(401);
  expect(await post(push, signed(`${push} `))).toBe(401);
  expect(await post('[]', signed('[]'))).toBe(400);
  expect(await post('{"ref":1}', signed('{"ref":1}'))).toBe(400);
  expect(await post('{"ref"', signed('{"ref"'))).toBe(400);
  expect(await flood(100 * 1024 ** 2)).toBe(413);
  expect(await instance.runs()).toEqual([]);
  expect(await post(push, signed(push))).toBe(202);
  expect(await until(async () => (await instance.runs())[0])).toMatchObject({ stack: 'a', status: 'queued' });
  expect(await instance.stop()).toEqual([]);
});

function signed(body: string): Record<string, string> {
  return { 'x-hub-signature-256': `sha256=${createHmac('sha256', SECRET).update(body).digest('hex')}` };
}

async function post(body: string, headers: Record<string, string>): Promise<number> {
  const url = `${instance.address}/webhooks/infra`;
  const all = { 'content-type': 'application/json', 'x-github-event': 'push', ...headers };
  return (await fetch(url, { method: 'POST', headers: all, body })).status;
}

/** Sends so many bytes without saying how many, until it is answered. */
function flood(bytes: number): Promise<number | undefined> {
  return new Promise((resolve) => {
    const headers = { 'content-type': 'application/json', 'x-github-event': 'push' };
    const sent = request(`${instance.address}/webhooks/infra`, { method: 'POST', headers });
    let isAnswered = false;
    sent.on('response', (response) => {
      isAnswered = true;
      response.resume();
      resolve(response.statusCode);
      sent.destroy();
    });
    // Whoever answers early may hang up on the rest.
    sent.on('error', () => {});
    const chunk = Buffer.alloc(1024 ** 2, 'x');
    let left = bytes;
    const more = () => {
      while (left > 0 && !isAnswered) {
        left -= chunk.length;
        if (!sent.write(chunk)) return void sent.once('drain', more);
      }
      sent.end();
    };
    more();
  });
}
