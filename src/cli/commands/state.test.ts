import { afterAll, beforeAll, expect, test } from 'vitest';
import { callCli, type FakeInstance, startFakeInstance } from '../../../test/support/cli-harness.ts';

const STATE = '{"version":4,"serial":7,"note":"caf\u00e9"}';
const VERSIONS = '/api/v1/stacks/net%2Fprod/state/versions';
const version = {
  serial: 7,
  lineage: '0c1d2e3f-1111-2222-3333-444455556666',
  digest: 'ab'.repeat(32),
  size: 3500,
  who: 'run:01k9zq4t7c8e2m5r',
  run: '01k9zq4t7c8e2m5r',
  terraform_version: '1.11.4',
  created_at: '2026-11-20T10:00:00.000Z',
};
let instance: FakeInstance;
beforeAll(async () => {
  instance = await startFakeInstance({
    [`GET ${VERSIONS}`]: { body: { stack: 'net/prod', versions: [version], next: null } },
    [`GET ${VERSIONS}/latest`]: (_req, res) => res.end(STATE),
    [`GET ${VERSIONS}/6`]: (_req, res) => {
      res.writeHead(200, { 'content-length': '100' });
      res.write('{"version":4');
      setImmediate(() => res.destroy());
    },
    'GET /api/v1/stacks/net%2Fprod/state/errored/r1': (_req, res) => res.end(STATE),
    'POST /api/v1/stacks/net%2Fprod/state/errored/r1/restore': {
      body: { stack: 'net/prod', run: 'r1', serial: 8 },
    },
    [`POST ${VERSIONS}/6/restore`]: {
      body: { stack: 'net/prod', restored_from: 6, version: { ...version, serial: 8 } },
    },
  });
});
afterAll(() => instance.close());
const call = (...argv: string[]) =>
  callCli(['state', ...argv], { env: { HOLDFAST_SERVER: instance.address, HOLDFAST_TOKEN: 't' } });

test.each([[[]], [['--json']]])('pull prints the bytes of the state alone %j', async (json) => {
  expect(await call('pull', 'net/prod', ...json)).toEqual({ exit: 0, stdout: STATE, stderr: '' });
});

test.each([[[]], [['--json']]])(
  'pull of what is not there prints nothing, and the reason on stderr %j',
  async (json) => {
    const { exit, stdout, stderr } = await call('pull', 'nobody', ...json);
    expect({ exit, stdout }).toEqual({ exit: 1, stdout: '' });
    expect(stderr).toMatch(/^error: /);
  },
);

test('a state that breaks off in the middle is no success', async () => {
  const { exit, stderr } = await call('pull', 'net/prod', '--serial', '6');
  expect(exit).toBe(1);
  expect(stderr).toContain('the connection was cut');
});

test('list shows who wrote which version when', async () => {
  const { exit, stdout } = await call('list', 'net/prod');
  expect(exit).toBe(0);
  expect(stdout).toMatch(
    /^SERIAL +WRITTEN +BY +SIZE +ENGINE +LINEAGE +SHA-256\n7 .*run:01k9zq4t7c8e2m5r +3\.4 KB +1\.11\.4 /,
  );
  expect(JSON.parse((await call('list', 'net/prod', '--json')).stdout)).toEqual({
    stack: 'net/prod',
    versions: [version],
    next: null,
  });
});

test('restore says under which serial the old version is current again', async () => {
  const { exit, stdout } = await call('restore', 'net/prod', '--serial', '6');
  expect(exit).toBe(0);
  expect(stdout).toBe('The state of net/prod is serial 6 again, as serial 8.\nNext: holdfast plan net/prod\n');
});

test('with --run both are about what a run could not save', async () => {
  expect(await call('pull', 'net/prod', '--run', 'r1')).toEqual({ exit: 0, stdout: STATE, stderr: '' });
  const { exit, stdout } = await call('restore', 'net/prod', '--run', 'r1');
  expect(exit).toBe(0);
  expect(stdout).toBe(
    'The state of net/prod is what run r1 could not save, as serial 8.\n' +
      'Next: holdfast plan net/prod, and when it is right: holdfast unblock net/prod --reason …\n',
  );
});

test.each([
  [['restore', 'net/prod'], /needs --serial N/],
  [['restore', 'net/prod', '--serial', '3', '--run', 'r1'], /--serial or --run, not both/],
  [['list', 'net/prod', '--run', 'r1'], /no --run/],
  [['list', 'net/prod', '--serial', '3'], /takes no --serial/],
  [['pull', 'net/prod', '--serial', 'x'], /--serial must be a whole number, got "x"/],
  [['push', 'net/prod'], /Allowed choices are list, pull, restore/],
  [['pull'], /missing required argument 'stack'/],
])('%j is refused', async (argv, message) => {
  const { exit, stdout, stderr } = await call(...argv);
  expect({ exit, stdout }).toEqual({ exit: 1, stdout: '' });
  expect(stderr).toMatch(message);
});
