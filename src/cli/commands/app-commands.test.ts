import { afterAll, beforeAll, expect, test } from 'vitest';
import { callCli, type FakeInstance, startFakeInstance } from '../../../test/support/cli-harness.ts';
import { sampleStack } from '../../../test/support/cli-samples.ts';

const at = '2026-11-20T10:00:00.000Z';
const app = { name: 'infra', repository: 'r', dir: 'app', commit: 'abcdef0123456789' };
const failed = { ...app, status: 'failed' as const, error: 'main.ts:3: Error: no zone', since: at };
let instance: FakeInstance;
let asked = 0;

beforeAll(async () => {
  const { commit: _commit, repository: _repository, dir: _dir, ...brief } = failed;
  instance = await startFakeInstance({
    'GET /api/v1/stacks': (_request, response) => {
      const now = asked++ === 0 ? failed : { ...failed, status: 'done', error: null };
      response.setHeader('content-type', 'application/json');
      response.end(
        JSON.stringify({ stacks: [sampleStack({ name: 'infra/net', app: brief })], next: null, apps: [now] }),
      );
    },
    'GET /api/v1/stacks/infra%2Fnet': { body: sampleStack({ name: 'infra/net', app: brief }) },
    'GET /api/v1/repositories': { body: { repositories: [], next: null } },
    'POST /api/v1/apps/infra/retry': { body: { ...failed, status: 'queued', error: null } },
    'POST /api/v1/apps/fine/retry': {
      status: 409,
      body: { type: 'about:blank', title: 'Conflict', status: 409, detail: 'nothing to try again', code: 'conflict' },
    },
  });
});
afterAll(() => instance.close());

const call = (...argv: string[]) =>
  callCli(argv, { env: { HOLDFAST_SERVER: instance.address, HOLDFAST_TOKEN: 't0ken' } });

test('an app that failed stands with its reason beneath the stacks, beneath each of its own, and in JSON', async () => {
  asked = 0;
  const { stdout } = await call('stacks');
  const said = 'CDKTF app infra could not be synthesised';
  expect(stdout).toContain(said);
  expect(stdout).toContain('at abcdef01), so its stacks stay as they were: main.ts:3: Error: no zone');
  expect((await call('stacks', 'infra/net')).stdout).toContain(said);
  asked = 0;
  expect(JSON.parse((await call('stacks', '--json')).stdout).apps).toEqual([failed]);
});

test('retry takes the name of an app where no run has that id, waits for it, and is refused where nothing failed', async () => {
  const accepted = await call('retry', 'infra', '--json');
  expect([accepted.exit, JSON.parse(accepted.stdout)]).toMatchObject([0, { name: 'infra', status: 'queued' }]);
  asked = 1;
  const done = await call('retry', 'infra', '--wait');
  expect([done.exit, done.stdout]).toEqual([
    0,
    'CDKTF app infra is synthesised; its stacks that differ are planned.\n',
  ]);
  asked = 0;
  expect((await call('retry', 'infra', '--wait')).exit).toBe(1);
  expect(await call('retry', 'fine')).toMatchObject({
    exit: 1,
    stderr: expect.stringContaining('nothing to try again'),
  });
  expect(await call('retry', 'gone')).toMatchObject({ exit: 1, stderr: expect.stringContaining('/runs/gone/retry') });
});
