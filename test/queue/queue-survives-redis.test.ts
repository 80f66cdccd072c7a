import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { afterEach, beforeEach, expect, type TestContext, test } from 'vitest';
import { ringForRun } from '../../src/platform/queue/queue-catalogue.ts';
import { probeRedis } from '../../src/platform/queue/redis-connection.ts';
import { findBinary } from '../support/find-binary.ts';
import { freePort, openQueueParties, planRing, type QueueParties, startRedisServer } from '../support/queue-parties.ts';
import { until } from '../support/until.ts';

const TIMEOUT = 60_000;
const binary = findBinary('redis-server');
let dir = '';
let port = 0;
let url = '';
let server: ChildProcess;
let parties: QueueParties | null = null;
let admin: Redis;

beforeEach(async (context) => {
  const found = need(context);
  dir = await mkdtemp(join(tmpdir(), 'hf-queue-'));
  port = await freePort();
  url = `redis://127.0.0.1:${port}`;
  server = await startRedisServer(found, port, dir);
  admin = new Redis(url, { maxRetriesPerRequest: null });
  admin.on('error', () => {});
}, TIMEOUT);
afterEach(async () => {
  if (binary === null) return;
  await parties?.close();
  parties = null;
  admin.disconnect();
  server.kill('SIGKILL');
  await rm(dir, { recursive: true, force: true });
}, TIMEOUT);

function need(context: TestContext): string {
  if (binary === null) context.skip('redis-server is not on PATH');
  return binary ?? '';
}

async function killRedis(): Promise<void> {
  const ended = once(server, 'exit');
  server.kill('SIGKILL');
  await ended;
}

test('a job reaches the handler, is held until it returns, and is gone then', { timeout: TIMEOUT }, async () => {
  parties = await openQueueParties(url);
  const { promise, resolve } = Promise.withResolvers<void>();
  parties.hold = promise;
  await parties.doorbell.ring('plan', [planRing('a'), planRing('b'), planRing('c')]);
  await until(async () => ((await parties?.doorbell.depth('plan'))?.active === 2 ? true : null));
  expect(await parties.doorbell.waitingJobs('plan')).toEqual(new Set(['c-plan-1']));
  resolve();
  await until(async () => ((await admin.keys('*-plan-1')).length === 0 ? true : null));
  expect(parties.got).toEqual(['a', 'b', 'c']);
});

test('a job that somebody took and holds is rung for once more, and no more than once', {
  timeout: TIMEOUT,
}, async () => {
  parties = await openQueueParties(url, 1);
  const { promise, resolve } = Promise.withResolvers<void>();
  parties.hold = promise;
  const rings = [planRing('a'), planRing('b')];
  await parties.doorbell.ring('plan', rings);
  await until(async () => ((await parties?.doorbell.depth('plan'))?.active === 1 ? true : null));
  for (const nth of [1, 2]) await parties.doorbell.ringHeld('plan', rings, nth);
  const waiting = [...((await parties.doorbell.waitingJobs('plan')) ?? [])].toSorted();
  expect(waiting).toEqual(['a-plan-1-again-1', 'b-plan-1']);
  resolve();
  await until(() => (parties?.got.length === 3 ? true : null));
  expect(parties.got.toSorted()).toEqual(['a', 'a', 'b']);
});

test('a second ring for the same attempt is nothing, a new attempt is a new job', { timeout: TIMEOUT }, async () => {
  parties = await openQueueParties(url, 1);
  parties.plans.pause();
  for (const attempt of [1, 1, 2]) await parties.doorbell.ring('plan', [planRing('a', attempt)]);
  await until(async () => ((await parties?.doorbell.depth('plan'))?.waiting === 2 ? true : null));
  expect(await parties.doorbell.waitingJobs('plan')).toEqual(new Set(['a-plan-1', 'a-plan-2']));
  parties.plans.resume();
  await until(() => (parties?.got.length === 2 ? true : null));
});

test('a finished job can be rung again with the same id', { timeout: TIMEOUT }, async () => {
  parties = await openQueueParties(url);
  await parties.ringUntilGot('a');
  parties.got.length = 0;
  await parties.ringUntilGot('a');
});

test('FLUSHALL while a job is held disturbs nothing, and the next ring arrives', { timeout: TIMEOUT }, async () => {
  parties = await openQueueParties(url);
  const { promise, resolve } = Promise.withResolvers<void>();
  parties.hold = promise;
  await parties.ringUntilGot('a');
  await admin.flushall();
  resolve();
  parties.hold = null;
  await parties.ringUntilGot('b');
  expect(parties.got).toEqual(['a', 'b']);
});

test('Redis is killed and comes back empty: both sides find it by themselves', { timeout: TIMEOUT }, async () => {
  parties = await openQueueParties(url);
  await parties.ringUntilGot('a');
  let seen = 0;
  parties.doorbell.onReady(() => seen++);
  await killRedis();
  await until(() => (parties?.doorbell.healthy === false ? true : null));
  expect(await parties.doorbell.ring('plan', [planRing('b')])).toBe(0);
  expect(await parties.doorbell.waitingJobs('plan')).toBeNull();
  server = await startRedisServer(binary ?? '', port, dir);
  await parties.ringUntilGot('c');
  expect(seen).toBe(2);
});

test('a worker opened while Redis is away consumes once it is there', { timeout: TIMEOUT }, async () => {
  await killRedis();
  const opening = openQueueParties(url);
  server = await startRedisServer(binary ?? '', port, dir);
  parties = await opening;
  await parties.ringUntilGot('a');
});

test('forged jobs, and handlers that throw, cost nothing', { timeout: TIMEOUT }, async () => {
  parties = await openQueueParties(url);
  const forger = await openQueueParties(url, 1);
  await forger.close();
  const forged = { name: 'plan', payload: { run: 7, command: 'rm' } };
  await parties.doorbell.ring('plan', [{ id: 'forged', payload: forged as never }]);
  parties.hold = Promise.reject(new Error('handler failed'));
  parties.hold.catch(() => {});
  await parties.ringUntilGot('a');
  parties.hold = null;
  await parties.ringUntilGot('b');
  expect(parties.got).toEqual(['a', 'b']);
  expect(await parties.doorbell.depth('plan')).toEqual({ waiting: 0, active: 0 });
});

test('close waits for handlers, and gives back what it had just fetched', { timeout: TIMEOUT }, async () => {
  parties = await openQueueParties(url);
  const { promise, resolve } = Promise.withResolvers<void>();
  parties.hold = promise;
  await parties.ringUntilGot('a');
  let isClosed = false;
  const closing = parties.workers.close().then(() => {
    isClosed = true;
  });
  await parties.doorbell.ring('plan', [planRing('b')]);
  expect(isClosed).toBe(false);
  resolve();
  await closing;
  expect(await parties.doorbell.depth('plan')).toEqual({ waiting: 1, active: 0 });
});

test('what rings at a place is heard there alone', { timeout: TIMEOUT }, async () => {
  parties = await openQueueParties(url);
  const heard: string[] = [];
  const hear = (at: string) =>
    parties?.workers.consume('apply', {
      ...{ concurrency: 1, at },
      handler: async ({ run }) => void heard.push(`${at} ${run}`),
    });
  hear('/root/1');
  hear('/root/2');
  for (const [run, at] of [
    ['a', '/root/1'],
    ['b', '/root/2'],
    ['c', '/root/1'],
    ['d', '/root/3'],
  ] as const) {
    await parties.doorbell.ring('apply', [ringForRun(run, 'apply', 1)], at);
  }
  await until(() => heard.length === 3 || null);
  expect(heard.toSorted()).toEqual(['/root/1 a', '/root/1 c', '/root/2 b']);
  expect(await parties.doorbell.waitingJobs('apply', '/root/3')).toEqual(new Set(['d-apply-1']));
});

test('close by force aborts handlers and does not wait for them', { timeout: TIMEOUT }, async () => {
  parties = await openQueueParties(url);
  const aborted = Promise.withResolvers<void>();
  const applies = parties.workers.consume('apply', {
    concurrency: 1,
    handler: (_payload, signal) =>
      new Promise(() => signal.addEventListener('abort', () => aborted.resolve(), { once: true })),
  });
  await parties.doorbell.ring('apply', [{ id: 'a-apply-1', payload: { run: 'a' } }]);
  await until(() => (applies.active === 1 ? true : null));
  await applies.close(true);
  await aborted.promise;
});

test('a Redis that evicts keys is refused, and the doorbell does not use it', { timeout: TIMEOUT }, async () => {
  await admin.config('SET', 'maxmemory-policy', 'allkeys-lru');
  await expect(probeRedis(url)).rejects.toThrow(/maxmemory-policy "allkeys-lru".*set `maxmemory-policy noeviction`/);
  await admin.config('SET', 'requirepass', 'x');
  await expect(probeRedis(url)).rejects.toThrow(/NOAUTH.*give redis_url the user and password/);
});

test('a Redis that came back evicting is used again once that is mended', { timeout: TIMEOUT }, async () => {
  parties = await openQueueParties(url);
  await admin.config('SET', 'maxmemory-policy', 'allkeys-lru');
  await admin.call('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes');
  await until(() => (parties?.doorbell.healthy === false ? true : null));
  await until(async () => ((await parties?.doorbell.ring('plan', [planRing('a')])) === 0 ? true : null));
  await admin.config('SET', 'maxmemory-policy', 'noeviction');
  await parties.ringUntilGot('b');
});

test('a Redis that is not there is away, not an error', { timeout: TIMEOUT }, async () => {
  await killRedis();
  expect(await probeRedis(url)).toMatchObject({ kind: 'away', reason: expect.stringContaining(`127.0.0.1:${port}`) });
});
