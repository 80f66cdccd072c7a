import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { callCli, fakeDeps, startFakeInstance } from '../../../test/support/cli-harness.ts';
import { HoldfastError } from '../../kernel/errors.ts';
import type { DoctorPorts } from '../doctor/check.ts';

interface Found {
  readonly name: string;
  readonly status: string;
  readonly detail: string;
  readonly way_out: string;
}

let cwd: string;
beforeEach(async () => {
  cwd = await mkdtemp(join(tmpdir(), 'holdfast-doctor-'));
});
afterEach(() => rm(cwd, { recursive: true, force: true }));

async function examine(ports: Partial<DoctorPorts> = {}, yaml?: string) {
  if (yaml !== undefined) await writeFile(join(cwd, 'server.yaml'), yaml);
  const doctor = { ...fakeDeps().doctor, ...ports };
  const env = { HOLDFAST_LISTEN: yaml?.includes('listen') ? undefined : '127.0.0.1:0' };
  const { exit, stdout, stderr } = await callCli(['doctor', '--json'], { cwd, env, doctor });
  expect(stderr).toBe('');
  const document = JSON.parse(stdout) as { ok: boolean; checks: Found[] };
  expect(document.ok).toBe(exit === 0);
  const find = (name: string) => document.checks.filter((check) => check.name === name);
  return { exit, checks: document.checks, find };
}

const YAML = `version: 1
repositories: [{name: infra, url: /srv/infra.git, branch: main}]
channels: [{name: ops, type: slack, url: "https://hooks.slack.com/services/T0/B0/s3cr3t"}]
`;

test('where everything is there, nothing is to be mended', async () => {
  const { exit, checks, find } = await examine({}, YAML);
  expect(exit).toBe(0);
  expect(checks.map(({ name }) => name)).toEqual([
    'node',
    'git',
    'terraform',
    'tofu',
    'redis',
    'config',
    'data_dir',
    'service',
    'listen',
    'database',
    'repository infra',
    'channel ops',
    'what a plan can read',
    'instance',
  ]);
  expect(find('channel ops')).toMatchObject([{ status: 'ok', detail: 'slack at hooks.slack.com (nothing was sent)' }]);
  expect(JSON.stringify(checks)).not.toContain('s3cr3t');
  expect(find('what a plan can read')[0]?.detail).toContain('whoever may push to a watched branch');
});

test('everything that is missing is an error with its way out', async () => {
  const { exit, find } = await examine(
    {
      findProgram: async (name) =>
        name === 'terraform'
          ? { path: '/bin/terraform', version: null, error: 'permission denied' }
          : { path: null, version: null, error: null },
      probeDatabase: () => Promise.reject(new HoldfastError('invalid', 'x.db is not a database')),
      probeRepository: () => Promise.reject(new HoldfastError('away', 'host is away: \u001b[2J')),
    },
    YAML,
  );
  expect(exit).toBe(1);
  expect(find('git')).toMatchObject([{ status: 'error', detail: 'git is not on PATH' }]);
  expect(find('terraform')).toMatchObject([
    { status: 'error', detail: '/bin/terraform does not run: permission denied' },
  ]);
  expect(find('redis')).toMatchObject([{ status: 'ok', detail: expect.stringContaining('WebAssembly') }]);
  expect(find('database')).toMatchObject([{ status: 'error', detail: 'x.db is not a database' }]);
  expect(find('repository infra')).toMatchObject([{ status: 'error', detail: 'host is away: ␛[2J' }]);
  for (const name of ['git', 'terraform', 'database', 'repository infra']) expect(find(name)[0]?.way_out).not.toBe('');
});

test('a Redis that is configured is asked, and what it lacks is told', async () => {
  const yaml = `${YAML}redis_url: "redis://:s3cr3t@cache:6379"\n`;
  expect((await examine({}, yaml)).find('redis')).toMatchObject([{ status: 'ok', detail: 'version 7.0.15' }]);
  const evicts = new HoldfastError('invalid', 'Redis at cache:6379 evicts', {
    treatment: { kind: 'human', wayOut: 'set noeviction' },
  });
  const { exit, checks, find } = await examine({ probeRedis: () => Promise.reject(evicts) }, yaml);
  expect(exit).toBe(1);
  expect(find('redis')).toMatchObject([{ status: 'error', detail: evicts.message, way_out: 'set noeviction' }]);
  expect(JSON.stringify(checks)).not.toContain('s3cr3t');
});

test('a repository without a commit is a warning: its first push will be seen', async () => {
  const empty = new HoldfastError('not_found', 'it is empty', { details: { empty: true } });
  const { exit, find } = await examine({ probeRepository: () => Promise.reject(empty) }, YAML);
  expect([exit, find('repository infra')[0]?.status]).toEqual([0, 'warning']);
});

test('one engine is enough', async () => {
  const { find } = await examine({
    findProgram: async (name) =>
      name === 'tofu'
        ? { path: null, version: null, error: null }
        : { path: `/bin/${name}`, version: '1', error: null },
  });
  expect(find('tofu')).toMatchObject([{ status: 'skipped' }]);
});

test('every problem of a broken server.yaml is a check of its own, and the machine is looked at all the same', async () => {
  const { exit, find } = await examine({}, 'version: 1\nlisten: nonsense\nnonsense: 1\n');
  expect(exit).toBe(1);
  expect(find('config').filter(({ status }) => status === 'error').length).toBe(2);
  expect(find('config')[0]?.detail).toContain('server.yaml:2');
  expect(find('git')).toHaveLength(1);
});

test('a port that another program has is an error', async () => {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const { find } = await examine({}, `version: 1\nlisten: 127.0.0.1:${port}\n`);
  await new Promise((resolve) => server.close(resolve));
  expect(find('listen')).toMatchObject([
    { status: 'error', detail: expect.stringContaining('another program listens') },
  ]);
});

test('a data folder that others can read is a warning', async () => {
  await mkdir(join(cwd, '.holdfast'));
  await chmod(join(cwd, '.holdfast'), 0o755);
  const { find } = await examine();
  expect(find('data_dir')).toMatchObject([{ status: 'warning', way_out: `chmod 700 ${join(cwd, '.holdfast')}` }]);
});

test('a running instance is asked, even where it fails', async () => {
  const check = { name: 'redis', status: 'warning', detail: 'is away', way_out: 'start it' };
  const instance = await startFakeInstance({
    'GET /healthz': { status: 503, body: { status: 'failing', version: '1', instance: 'i', checks: [check] } },
    'GET /api/v1/repositories': { body: { repositories: [], next: null } },
  });
  await mkdir(join(cwd, '.holdfast'), { mode: 0o700 });
  await writeFile(join(cwd, '.holdfast/instance.json'), JSON.stringify({ pid: 1, address: instance.address }));
  const { exit, find } = await examine({ holderOf: async () => 'pid 1' });
  await instance.close();
  expect(exit).toBe(1);
  expect(find('instance')).toMatchObject([{ status: 'error', detail: expect.stringContaining('is failing') }]);
  expect(find('instance: redis')).toMatchObject([{ status: 'warning', way_out: 'start it' }]);
  expect(find('database')).toMatchObject([{ status: 'skipped' }]);
  expect(find('listen')).toMatchObject([{ status: 'ok' }]);
});

test('as text each check is a line with its way out below', async () => {
  const doctor = { ...fakeDeps().doctor, findProgram: async () => ({ path: null, version: null, error: null }) };
  const { stdout } = await callCli(['doctor'], { cwd, doctor, env: { HOLDFAST_LISTEN: '127.0.0.1:0' } });
  expect(stdout).toMatch(/^FAIL {2}git {19}git is not on PATH\n +-> install git/m);
  expect(stdout).toMatch(/\n3 things to mend, 3 warnings\n$/);
});
