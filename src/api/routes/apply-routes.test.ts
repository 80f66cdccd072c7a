import type { FastifyInstance } from 'fastify';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { apiOver, bearer, TOKENS } from '../../../test/support/api-fixtures.ts';
import { sampleStack } from '../../../test/support/cli-samples.ts';
import { affectedStack, headOf, runParts } from '../../../test/support/run-fixtures.ts';
import { HoldfastError } from '../../kernel/errors.ts';
import { type Database, openDatabase } from '../../platform/db/open-database.ts';
import type { FreezeView, LockView } from '../apply-ports.ts';
import { Freeze, LockList, Run, Stack, Unlocked } from '../contract.ts';

const DIGEST = 'd'.repeat(64);
let db: Database;
let app: FastifyInstance;
let asked: unknown[];
let run: string;

const lock: LockView = {
  stack: 'dev/a',
  run: 'r1',
  holder: 'run r1',
  since: Date.UTC(2026, 10, 21),
  state: 'alive',
  evidence: 'pid 17 on host w1 has run since then',
  operation: 'apply',
  lockId: '',
};
const frozen: FreezeView = { frozen: true, reason: 'holidays', by: 'token:root', since: Date.UTC(2026, 10, 21) };
const thawed: FreezeView = { frozen: false, reason: null, by: null, since: null };

beforeEach(async () => {
  asked = [];
  db = await openDatabase({ file: ':memory:' });
  const { planner, store } = runParts(db);
  const head = headOf('a'.repeat(40), [affectedStack('dev/a', 'x')]);
  run = (await db.transaction().execute((tx) => planner.planHead(tx, head))).created[0] ?? '';
  const found = async () => (await store.find(run)) ?? Promise.reject(new Error('the run is gone'));
  const note = <T>(what: T) => asked.push(what);
  app = await apiOver(db, {
    applies: {
      async approve(id, digest, actor) {
        note(['approve', id, digest, actor]);
        if (digest !== DIGEST) throw new HoldfastError('conflict', 'this is not the plan that waits');
        return found();
      },
      async retry(id, actor) {
        note(['retry', id, actor]);
        return found();
      },
      unblock: async (stack, reason, actor) => void note(['unblock', stack, reason, actor]),
    },
    locks: {
      list: async () => [{ ...lock, stack: 'prod/b' }, lock],
      async unlock(stack, actor) {
        note(['unlock', stack, actor]);
        return { freed: lock, foreign: { backend: 's3', info: 'ID: 1', command: 'terraform force-unlock 1' } };
      },
    },
    freeze: {
      current: async () => thawed,
      async freeze(reason, actor) {
        note(['freeze', reason, actor]);
        return frozen;
      },
      async unfreeze(actor) {
        note(['unfreeze', actor]);
        return thawed;
      },
    },
    readers: {
      stacks: async () => ({ stacks: [], apps: [], next: null }),
      stack: async (name) => sampleStack({ name }),
      repositories: async () => ({ repositories: [], next: null }),
      workers: async () => ({ workers: [], next: null }),
      notifications: async () => ({ notifications: [], next: null }),
      audit: async () => ({ audit: [], next: null }),
    },
  });
});
afterEach(async () => {
  await app.close();
  await db.destroy();
});

const call = (method: 'GET' | 'POST' | 'DELETE', path: string, token: string, payload?: object) =>
  app.inject({ method, url: `/api/v1${path}`, headers: bearer(token), ...(payload ? { payload } : {}) });

describe('approve and retry', () => {
  test('an approver approves the plan it names, and gets the run', async () => {
    const answer = await call('POST', `/runs/${run}/approve`, TOKENS.approver, { plan_digest: DIGEST });
    expect(Run.parse(answer.json()).id).toBe(run);
    expect(asked).toEqual([['approve', run, DIGEST, 'token:ok']]);
    const other = await call('POST', `/runs/${run}/approve`, TOKENS.approver, { plan_digest: 'e'.repeat(64) });
    expect(other.json()).toMatchObject({ status: 409, code: 'conflict' });
  });

  test.each([undefined, {}, { plan_digest: 'short' }, { plan_digest: DIGEST, force: true }, { plan_digest: null }])(
    'without a digest nothing is approved: %j',
    async (body) => {
      const answer = await call('POST', `/runs/${run}/approve`, TOKENS.admin, body);
      expect(answer.json()).toMatchObject({ status: 400, code: 'invalid' });
      expect(asked).toEqual([]);
    },
  );

  test('a retry is a new run', async () => {
    const answer = await call('POST', `/runs/${run}/retry`, TOKENS.approver);
    expect([answer.statusCode, Run.parse(answer.json()).id]).toEqual([201, run]);
    expect(asked).toEqual([['retry', run, 'token:ok']]);
  });
});

test.each([
  ['POST', '/runs/{run}/approve', { plan_digest: DIGEST }, 'approver'],
  ['POST', '/runs/{run}/retry', undefined, 'approver'],
  ['POST', '/stacks/dev%2Fa/unblock', { reason: 'imported' }, 'admin'],
  ['DELETE', '/locks/dev%2Fa', { confirm: 'dev/a' }, 'admin'],
  ['POST', '/freeze', {}, 'instance'],
  ['DELETE', '/freeze', undefined, 'instance'],
] as const)('%s %s is for those who may', async (method, path, body, least) => {
  const order = ['viewer', 'dev', 'approver', 'devAdmin', 'admin'] as const;
  const first = order.indexOf(({ approver: 'approver', admin: 'devAdmin', instance: 'admin' } as const)[least]);
  for (const [i, name] of order.entries()) {
    const { statusCode } = await call(method, path.replace('{run}', run), TOKENS[name], body);
    expect(Math.floor(statusCode / 100), name).toBe(i >= first ? 2 : 4);
    if (i < first) expect(statusCode, name).toBe(403);
  }
});

test('a stack out of reach is not there', async () => {
  for (const [method, path, body] of [
    ['POST', '/stacks/prod%2Fb/unblock', { reason: 'x' }],
    ['DELETE', '/locks/prod%2Fb', { confirm: 'prod/b' }],
  ] as const) {
    expect((await call(method, path, TOKENS.devAdmin, body)).statusCode).toBe(404);
  }
  expect((await call('GET', '/locks', TOKENS.dev)).json().locks.map((l: LockView) => l.stack)).toEqual(['dev/a']);
  expect(asked).toEqual([]);
});

test('unblock wants a reason, tells it on, and answers the stack', async () => {
  for (const body of [{}, { reason: '' }, { reason: '  ' }, { reason: 'x'.repeat(1001) }]) {
    expect((await call('POST', '/stacks/dev%2Fa/unblock', TOKENS.admin, body)).statusCode).toBe(400);
  }
  const answer = await call('POST', '/stacks/dev%2Fa/unblock', TOKENS.admin, { reason: ' imported ' });
  expect(Stack.parse(answer.json()).name).toBe('dev/a');
  expect(asked).toEqual([['unblock', 'dev/a', 'imported', 'token:root']]);
});

test('locks come by stack, page by page', async () => {
  const first = LockList.parse((await call('GET', '/locks?limit=1', TOKENS.viewer)).json());
  expect(first).toMatchObject({ locks: [{ stack: 'dev/a', lock_id: null, state: 'alive' }], next: 'dev/a' });
  const rest = LockList.parse((await call('GET', `/locks?limit=1&cursor=${first.next}`, TOKENS.viewer)).json());
  expect(rest).toMatchObject({ locks: [{ stack: 'prod/b' }], next: null });
});

test('unlock wants the name of the stack again', async () => {
  for (const body of [{}, { confirm: 'dev' }, { confirm: 'DEV/A' }, { confirm: true }]) {
    expect((await call('DELETE', '/locks/dev%2Fa', TOKENS.admin, body)).statusCode).toBe(400);
  }
  expect(asked).toEqual([]);
  const answer = await call('DELETE', '/locks/dev%2Fa', TOKENS.admin, { confirm: 'dev/a' });
  expect(Unlocked.parse(answer.json())).toMatchObject({
    freed: { run: 'r1', since: '2026-11-21T00:00:00.000Z' },
    foreign: { command: 'terraform force-unlock 1' },
  });
  expect(asked).toEqual([['unlock', 'dev/a', 'token:root']]);
});

test('a freeze is seen by everybody, with who and why', async () => {
  const answer = await call('POST', '/freeze', TOKENS.admin, { reason: 'holidays' });
  expect(Freeze.parse(answer.json())).toEqual({ ...frozen, since: '2026-11-21T00:00:00.000Z' });
  expect((await call('GET', '/freeze', TOKENS.viewer)).json()).toEqual(thawed);
  expect(asked).toEqual([['freeze', 'holidays', 'token:root']]);
});
