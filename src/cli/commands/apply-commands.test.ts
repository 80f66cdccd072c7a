import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { callCli, type FakeInstance, startFakeInstance } from '../../../test/support/cli-harness.ts';
import { sampleListItem, sampleRun, sampleStack } from '../../../test/support/cli-samples.ts';
import type { CliDeps } from '../deps.ts';

const ID = '01k9zq4t7c8e2m5r';
const DIGEST = 'a'.repeat(64);
const lock = {
  stack: 'network/prod',
  run: ID,
  holder: `run ${ID}`,
  since: '2026-11-20T10:00:00.000Z',
  state: 'alive',
  evidence: 'pid 17 runs on w1',
  operation: 'OperationTypeApply',
  lock_id: 'l1',
};
const foreign = { backend: 's3', info: 'ID:   l9\nWho:  ann@laptop', command: 'terraform force-unlock l9' };
const frozen = { frozen: true, reason: 'release day', by: 'token:ci', since: '2026-11-20T10:00:00.000Z' };
let instance: FakeInstance;

beforeAll(async () => {
  instance = await startFakeInstance({
    [`GET /api/v1/runs/${ID}`]: { body: sampleRun() },
    'GET /api/v1/runs/applying': { body: sampleRun({ id: 'applying', status: 'applying' }) },
    'GET /api/v1/runs/planless': { body: sampleRun({ status: 'failed', plan_digest: null }) },
    [`POST /api/v1/runs/${ID}/approve`]: { body: sampleListItem({ status: 'approved' }) },
    [`POST /api/v1/runs/${ID}/retry`]: { status: 201, body: sampleListItem({ id: 'new', trigger: 'retry' }) },
    [`POST /api/v1/runs/${ID}/cancel`]: { body: sampleListItem({ status: 'canceled' }) },
    'POST /api/v1/runs/applying/cancel': { body: sampleListItem({ id: 'applying', status: 'applying' }) },
    'POST /api/v1/stacks/network%2Fprod/unblock': { body: sampleStack() },
    'GET /api/v1/locks': { body: { locks: [lock], next: null } },
    'DELETE /api/v1/locks/network%2Fprod': { body: { stack: 'network/prod', freed: lock, foreign: null } },
    'DELETE /api/v1/locks/other': { body: { stack: 'other', freed: null, foreign } },
    'POST /api/v1/freeze': { body: frozen },
    'DELETE /api/v1/freeze': { body: { frozen: false, reason: null, by: null, since: null } },
  });
});
beforeEach(() => {
  instance.requests.length = 0;
});
afterAll(() => instance.close());

const callWith = (deps: Partial<CliDeps>, argv: string[]) =>
  callCli(argv, { env: { HOLDFAST_SERVER: instance.address, HOLDFAST_TOKEN: 't0ken' }, ...deps });
const call = (...argv: string[]) => callWith({}, argv);
const typing = (line: string) => ({ ask: async () => line });
const acted = () =>
  instance.requests.filter(({ method }) => method !== 'GET').map(({ method, url, body }) => [method, url, body]);

test.each([
  [['approve', ID], { status: 'approved' }],
  [['retry', ID], { id: 'new' }],
  [['unblock', 'network/prod', '--reason', 'imported'], { name: 'network/prod' }],
  [['freeze', '--reason', 'release day'], frozen],
  [['unfreeze'], { frozen: false }],
  [['locks'], { locks: [lock], next: null }],
  [['unlock', 'network/prod', '--confirm', 'network/prod'], { freed: lock }],
] as const)('%j --json prints one document and exits 0', async (argv, document) => {
  const { exit, stdout } = await call(...argv, '--json');
  expect(JSON.parse(stdout)).toMatchObject(document);
  expect(exit).toBe(0);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must not be there
  expect((await call(...argv)).stdout).toMatch(/^[^\u0000-\u0009\u000b-\u001f\u007f]+$/);
});

describe('approve', () => {
  test('sends the digest of the plan it shows, and names what the plan takes away', async () => {
    const { stderr, stdout } = await call('approve', ID);
    expect(acted()).toEqual([['POST', `/api/v1/runs/${ID}/approve`, JSON.stringify({ plan_digest: DIGEST })]]);
    expect(stderr).toBe('warning: this destroys aws_iam_user.old\nwarning: this replaces aws_instance.web\n');
    expect(stdout).toContain('network/prod  approved');
  });

  test('sends the digest that was named, whatever the run shows', async () => {
    await call('approve', ID, '--digest', 'E'.repeat(64));
    expect(acted()[0]?.[2]).toBe(JSON.stringify({ plan_digest: 'e'.repeat(64) }));
  });

  test('of a run without a plan is refused before anything is sent', async () => {
    const { exit, stdout } = await call('approve', 'planless', '--json');
    expect({ exit, code: JSON.parse(stdout).error.code }).toEqual({ exit: 1, code: 'conflict' });
    expect(acted()).toEqual([]);
  });
});

describe('unlock', () => {
  test('asks for the name of the stack, and says first who holds it', async () => {
    const { exit, stdout, stderr } = await callWith(typing('network/prod'), ['unlock', 'network/prod']);
    expect(exit).toBe(0);
    expect(stdout).toBe(`network/prod is unlocked; run ${ID} held it.\n`);
    expect(stderr).toContain(`network/prod is held by run ${ID}, since`);
    expect(stderr).toContain('its holder is alive: pid 17 runs on w1');
    expect(acted()).toEqual([['DELETE', '/api/v1/locks/network%2Fprod', '{"confirm":"network/prod"}']]);
  });

  test.each([
    [typing('network'), [], /"network" is not network\/prod/],
    [typing(''), [], /"" is not network\/prod/],
    [typing('network/prod'), ['--confirm', 'network'], /"network" is not network\/prod/],
    [{}, [], /there is no terminal to ask on\n {2}add --confirm network\/prod/],
    [{}, ['--confirm', 'network/dev'], /is not network\/prod/],
  ])('without the right name nothing is done', async (deps, more, message) => {
    const { exit, stdout, stderr } = await callWith(deps, ['unlock', 'network/prod', ...more]);
    expect({ exit, stdout, acted: acted() }).toEqual({ exit: 1, stdout: '', acted: [] });
    expect(stderr).toMatch(message);
  });

  test('of a stack with a backend of its own shows terraform’s lock and the line to type', async () => {
    const { exit, stdout, stderr } = await call('unlock', 'other', '--confirm', 'other');
    expect(exit).toBe(0);
    expect(stderr).toContain('Holdfast knows of no lock on other');
    expect(stdout).toContain('    ID:   l9\n    Who:  ann@laptop\n');
    expect(stdout).toContain('terraform force-unlock l9');
  });
});

describe('cancel', () => {
  test('of a plan asks nothing', async () => {
    expect(await callWith(typing('no'), ['cancel', ID])).toMatchObject({ exit: 0, stderr: '' });
  });

  test('of an apply says what it means, and asks where somebody is there', async () => {
    const asked = await callWith(typing('yes'), ['cancel', 'applying']);
    expect(asked).toMatchObject({ exit: 1, stdout: '' });
    expect(asked.stderr).toMatch(/one SIGINT[\s\S]+state’s address does not answer/);
    expect(acted()).toEqual([]);
    expect((await callWith(typing('applying'), ['cancel', 'applying'])).exit).toBe(0);
    const script = await call('cancel', 'applying');
    expect(script.exit).toBe(0);
    expect(script.stderr).toContain('one SIGINT');
    expect((await call('cancel', 'applying', '--confirm', 'other')).exit).toBe(1);
  });
});

test('unblock wants a reason', async () => {
  const { exit, stderr } = await call('unblock', 'network/prod');
  expect(exit).toBe(1);
  expect(stderr).toContain("required option '--reason <text>' not specified");
});

test('locks show holder, life and evidence; a freeze shows who and why', async () => {
  expect((await call('locks')).stdout).toMatch(
    /network\/prod +run 01k9zq4t7c8e2m5r +.* ago +apply +alive +pid 17 runs on w1/,
  );
  expect((await call('freeze')).stdout).toMatch(
    /^Applies are frozen: release day, by token:ci, .* ago\nEnd it: holdfast unfreeze\n$/,
  );
  expect((await call('unfreeze')).stdout).toBe('Nothing is frozen: applies go on.\n');
});
