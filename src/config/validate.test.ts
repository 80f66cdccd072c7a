import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { renderProblem } from './problem.ts';
import { validateRepositoryDir, validateServerFile } from './validate.ts';

let dir = '';
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'holdfast-validate-'));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

test('a server file is checked with the folders it names', () => {
  writeFileSync(join(dir, 'server.yaml'), `engines: {dir: engines}\nrepositories: [{name: a, url: ${dir}/gone}]\n`);
  const { isValid, problems } = validateServerFile({ cwd: dir, env: {} });
  expect(isValid).toBe(true);
  expect(problems.map(renderProblem)).toEqual([
    `warning: \`engines.dir\` is not there on this machine, got "${dir}/engines" (${dir}/server.yaml)`,
    `warning: \`repository a\` is not there on this machine, got "${dir}/gone" (${dir}/server.yaml)`,
  ]);
  writeFileSync(join(dir, 'server.yaml'), 'listen: 5\n');
  expect(validateServerFile({ cwd: dir, env: {} }).isValid).toBe(false);
});

test('a missing server file is told of and valid', () => {
  const { isValid, problems } = validateServerFile({ cwd: dir, env: {} });
  expect([isValid, problems.map(renderProblem)]).toEqual([
    true,
    ['notice: does not exist: every key has its default (server.yaml)'],
  ]);
});

test('a repository is checked with its stacks', async () => {
  const text = 'stacks:\n  - {dir: a, apply: auto, var_files: [x.tfvars]}\n  - {dir: b}\n';
  writeFileSync(join(dir, 'holdfast.yaml'), text);
  const stacks = { ...BARE, file: 'a/main.tf', line: 1, column: 1, message: 'does not parse' };
  const found = await validateRepositoryDir(dir, { now: 0, checkStacks: async () => [stacks] });
  expect(found.isValid).toBe(false);
  expect(found.problems.map(renderProblem)).toEqual([
    'does not parse (a/main.tf:1:1)',
    'warning: stack "a": `apply` works only where the server allows it, got auto (holdfast.yaml:2:21): needs `allow: {auto_apply: true}` in server.yaml',
  ]);
});

test('warnings alone are valid, and so is a repository without the file', async () => {
  expect((await validateRepositoryDir(dir, { now: 0 })).problems).toEqual([]);
  mkdirSync(join(dir, 'a'));
  writeFileSync(join(dir, 'holdfast.yaml'), 'stacks: [{dir: a, apply: auto}]');
  const { isValid, problems } = await validateRepositoryDir(dir, { now: 0 });
  expect([isValid, problems.length]).toEqual([true, 1]);
});

test('what is no directory, or holds a directory in the place of the file, is an error', async () => {
  const gone = await validateRepositoryDir(join(dir, 'gone'), { now: 0 });
  expect(gone.problems.map(renderProblem)).toEqual([`is not a directory (${dir}/gone): name a repository`]);
  mkdirSync(join(dir, 'holdfast.yaml'));
  expect((await validateRepositoryDir(dir, { now: 0 })).isValid).toBe(false);
});

const BARE = { severity: 'error', subject: null, key: null, value: null, wayOut: null } as const;

test('a holdfast.yaml that is a link is refused, as the server refuses it', async () => {
  writeFileSync(join(dir, 'other.yaml'), 'version: 1\n');
  symlinkSync('other.yaml', join(dir, 'holdfast.yaml'));
  const { isValid, problems } = await validateRepositoryDir(dir, { now: 0 });
  expect([isValid, problems[0]?.message]).toEqual([false, expect.stringContaining('is a link')]);
});
