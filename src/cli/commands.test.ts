import { afterAll, beforeAll, expect, test } from 'vitest';
import { callCli, type FakeInstance, startFakeInstance } from '../../test/support/cli-harness.ts';
import { sampleListItem, sampleRun, sampleStack } from '../../test/support/cli-samples.ts';
import type { CliDeps } from './deps.ts';

const ID = '01k9zq4t7c8e2m5r';
const run = sampleRun();
const { changes: _c, drift: _d, outputs: _o, left_out: _l, ...item } = run;
let instance: FakeInstance;

beforeAll(async () => {
  instance = await startFakeInstance({
    'GET /api/v1/stacks': { body: { stacks: [{ ...sampleStack(), added_later: 1 }], next: null } },
    'GET /api/v1/stacks/network%2Fprod': { body: sampleStack() },
    'GET /api/v1/repositories': { body: { repositories: [], next: null } },
    'GET /api/v1/runs': { body: { runs: [item], next: null } },
    [`GET /api/v1/runs/${ID}`]: { body: run },
    [`GET /api/v1/runs/${ID}/log`]: (_req, res) => res.end('Plan: 1 to add\n'),
    'POST /api/v1/runs': { status: 201, body: sampleListItem({ status: 'queued', summary: null }) },
    'POST /api/v1/channels/ops/test': {
      body: { channel: 'ops', samples: [{ event: 'plan.ready', delivered: true, error: null }] },
    },
    [`POST /api/v1/runs/${ID}/discard`]: { body: sampleListItem({ status: 'discarded' }) },
    [`POST /api/v1/runs/${ID}/cancel`]: { body: sampleListItem({ status: 'canceled' }) },
  });
});
afterAll(() => instance.close());

const changed: CliDeps['changed'] = async () => ({
  base: '1'.repeat(40),
  head: '2'.repeat(40),
  stacks: [{ name: 'dns', dir: 'dns', reasons: [{ kind: 'file', path: 'dns/main.tf', via: [] }] }],
  warnings: ['holdfast.yaml does not parse'],
});
const call = (...argv: string[]) =>
  callCli(argv, { env: { HOLDFAST_SERVER: instance.address, HOLDFAST_TOKEN: 't0ken' }, changed });

const looks: [string[], (document: Record<string, unknown>) => void][] = [
  [['stacks'], (d) => expect(d.stacks).toMatchObject([{ name: 'network/prod', added_later: 1 }])],
  [['stacks', 'network/prod'], (d) => expect(d.name).toBe('network/prod')],
  [['stacks', 'network/prod', '--explain'], (d) => expect(d.name).toBe('network/prod')],
  [['runs'], (d) => expect(d).toMatchObject({ runs: [{ id: ID }], next: null })],
  [['runs', '--stack', 'network/prod', '--limit', '3'], (d) => expect(d.runs).toHaveLength(1)],
  [['run', ID], (d) => expect(d).toEqual(run)],
  [['logs', ID], (d) => expect(d).toEqual({ run: ID, log: 'Plan: 1 to add\n' })],
  [['logs', '-f', ID], (d) => expect(d.log).toContain('1 to add')],
  [['plan', 'network/prod'], (d) => expect(d.status).toBe('queued')],
  [['discard', ID], (d) => expect(d.status).toBe('discarded')],
  [['cancel', ID], (d) => expect(d.status).toBe('canceled')],
  [['notify', 'test', 'ops'], (d) => expect(d).toMatchObject({ channel: 'ops', samples: [{ delivered: true }] })],
  [['version'], (d) => expect(d.version).toBe('1.2.3')],
  [['completion', 'bash'], (d) => expect(d.script).toContain('complete')],
  [['help'], (d) => expect(d.text).toContain('Start here')],
];

test.each(looks)('%j --json prints one document and exits 0', async (argv, check) => {
  const outcome = await call(...argv, '--json');
  check(JSON.parse(outcome.stdout));
  expect(outcome).toMatchObject({ exit: 0, stderr: '' });
});

test.each(looks)('%j prints text without a colour or control character', async (argv) => {
  const { exit, stdout } = await call(...argv);
  expect(exit).toBe(0);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must not be there
  expect(stdout).toMatch(/^[^\u0000-\u0009\u000b-\u001f\u007f]+$/);
});

test('changed exits 2 when a stack is touched, and 0 when none is', async () => {
  const some = await call('changed', '--base', 'a', '--json');
  expect(JSON.parse(some.stdout)).toEqual({
    base: '1'.repeat(40),
    head: '2'.repeat(40),
    stacks: [{ name: 'dns', dir: 'dns', reasons: [{ kind: 'file', path: 'dns/main.tf', via: [] }] }],
  });
  expect(some).toMatchObject({ exit: 2, stderr: 'warning: holdfast.yaml does not parse\n' });
  const none = await callCli(['changed', '--base', 'a'], {
    changed: async () => ({ base: '1', head: '2', stacks: [], warnings: [] }),
  });
  expect(none).toMatchObject({ exit: 0, stdout: 'No stack is touched by 1..2\n' });
});

test.each([
  [['plan', 'x', '--destroy'], { stack: 'x', kind: 'destroy' }],
  [['plan', 'x', '--refresh-only'], { stack: 'x', kind: 'refresh' }],
  [['plan', 'x', '--ref', 'my branch'], { stack: 'x', kind: 'plan', ref: 'my branch' }],
])('%j asks for %j', async (argv, body) => {
  await call(...argv);
  const { method, body: sent, token } = instance.requests.at(-1) ?? {};
  expect({ method, token, body: JSON.parse(sent ?? '') }).toEqual({ method: 'POST', token: 'Bearer t0ken', body });
});

test('stacks says on stderr which repositories cannot be read, and each problem of their files on a line', async () => {
  const away = {
    name: 'infra',
    url: 'https://x/',
    branch: 'main',
    status: 'away',
    head_commit: null,
    processed_commit: null,
    error: 'connection refused',
    config_error: null,
    polled_at: null,
    next_poll_at: null,
  };
  const broken = { ...away, name: 'apps', status: 'ok', error: null, config_error: 'one\ntwo' };
  const own = await startFakeInstance({
    'GET /api/v1/stacks': { body: { stacks: [], next: null } },
    'GET /api/v1/repositories': { body: { repositories: [away, broken], next: null } },
  });
  const outcome = await callCli(['stacks', '--server', own.address, '--token', 'x']);
  await own.close();
  expect(outcome).toEqual({
    exit: 0,
    stdout: 'No stacks yet.\n',
    stderr: [
      'warning: repository infra: away: connection refused\n',
      'warning: repository apps: one\n',
      'warning: repository apps: two\n',
    ].join(''),
  });
});
