import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { parse } from 'yaml';
import { callCli } from '../../../test/support/cli-harness.ts';
import type { Problem } from '../../config/problem.ts';

let cwd: string;
beforeEach(async () => {
  cwd = await mkdtemp(join(tmpdir(), 'holdfast-init-'));
});
afterEach(() => rm(cwd, { recursive: true, force: true }));

async function makeRepository(): Promise<void> {
  await mkdir(join(cwd, '.git'));
  await writeFile(join(cwd, '.git/HEAD'), 'ref: refs/heads/trunk\n');
}
const read = async (file: string) => parse(await readFile(join(cwd, file), 'utf8'));

test('in a repository it watches that one on its branch, and what it wrote is valid', async () => {
  await makeRepository();
  await mkdir(join(cwd, 'ops'));
  const { exit, stdout } = await callCli(['init', '--json'], { cwd: join(cwd, 'ops') });
  expect(exit).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({
    files: [
      { path: join(cwd, 'ops/server.yaml'), state: 'written' },
      { path: join(cwd, 'holdfast.yaml'), state: 'written' },
    ],
  });
  expect((await read('ops/server.yaml')).repositories).toMatchObject([{ url: cwd, branch: 'trunk' }]);
  for (const argv of [
    ['validate', '--config', 'ops/server.yaml'],
    ['validate', '.'],
  ]) {
    const validated = await callCli([...argv, '--json'], { cwd });
    expect(JSON.parse(validated.stdout)).toMatchObject({ valid: true, problems: [] });
    expect(validated.exit).toBe(0);
  }
});

test('files that exist are kept, and written over only by force', async () => {
  await makeRepository();
  await writeFile(join(cwd, 'holdfast.yaml'), 'mine');
  const first = await callCli(['init'], { cwd });
  expect(first.stdout).toContain('written  server.yaml\nkept     holdfast.yaml\n');
  expect(await readFile(join(cwd, 'holdfast.yaml'), 'utf8')).toBe('mine');
  expect((await callCli(['init', '--force'], { cwd })).stdout).toContain('written  holdfast.yaml');
});

test('outside of a repository it writes an example and says so', async () => {
  const { exit, stderr } = await callCli(['init'], { cwd });
  expect(exit).toBe(0);
  expect(stderr).toContain('lies in no Git repository');
  expect((await read('server.yaml')).repositories[0].url).toBe('https://git.example.com/acme/infra.git');
});

test('a remote repository may be named', async () => {
  await callCli(['init', '--url', 'git@git.example.com:acme/net.git', '--branch', 'prod'], { cwd });
  const [repository] = (await read('server.yaml')).repositories;
  expect(repository).toMatchObject({ name: 'net', url: 'git@git.example.com:acme/net.git', branch: 'prod' });
});

test('validate names every problem at once and exits 1', async () => {
  await writeFile(join(cwd, 'server.yaml'), 'version: 1\nlisten: nonsense\npoll_intervall: 1s\n');
  const { exit, stdout } = await callCli(['validate', '--json'], { cwd });
  expect(exit).toBe(1);
  const { valid, problems } = JSON.parse(stdout);
  expect(valid).toBe(false);
  expect(problems.length).toBeGreaterThanOrEqual(2);
  expect(problems[0]).toMatchObject({ severity: 'error', line: 2, key: 'listen' });
  const text = await callCli(['validate'], { cwd });
  expect(text.stdout).toContain('server.yaml:2:');
  expect(text.stdout).toContain(': 2 problems');
});

test('validate of a repository says what is wrong in its stacks', async () => {
  await mkdir(join(cwd, 'net'));
  const nowhere = { column: null, key: null, value: null, wayOut: null };
  const found: Problem = {
    ...nowhere,
    severity: 'error',
    file: 'net/main.tf',
    line: 3,
    subject: 'stack "net"',
    message: 'x',
  };
  const { exit, stdout } = await callCli(['validate', '.', '--json'], { cwd, checkStacks: async () => [found] });
  expect(exit).toBe(1);
  expect(JSON.parse(stdout).problems).toMatchObject([{ text: 'stack "net": x (net/main.tf:3)' }]);
});
