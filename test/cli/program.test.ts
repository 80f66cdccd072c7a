import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, expect, test } from 'vitest';
import { startFakeInstance } from '../support/cli-harness.ts';
import { makeRepository } from '../support/git-repository.ts';

const run = promisify(execFile);
const bin = resolve(import.meta.dirname, '../../bin/holdfast.mjs');
const dir = mkdtempSync(join(tmpdir(), 'holdfast-program-'));
afterAll(() => rmSync(dir, { recursive: true, force: true }));
const env = { PATH: process.env.PATH ?? '', HOME: dir };

/** Ends as the program did, whatever its exit code. */
async function holdfast(cwd: string, ...args: string[]) {
  const child = spawn(process.execPath, [bin, ...args], { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] });
  const out = { stdout: '', stderr: '' };
  child.stdout.on('data', (chunk) => {
    out.stdout += chunk;
  });
  child.stderr.on('data', (chunk) => {
    out.stderr += chunk;
  });
  const [exit] = await once(child, 'close');
  return { exit, ...out };
}

test('the program says its version, its help, and what it does not know', async () => {
  expect(await holdfast(dir, 'version')).toMatchObject({
    exit: 0,
    stderr: '',
    stdout: expect.stringMatching(/^holdfast /),
  });
  const help = await holdfast(dir, '--help');
  expect(help).toMatchObject({ exit: 0, stderr: '' });
  expect(help.stdout).not.toContain('\u001b');
  expect(await holdfast(dir, 'nonsense')).toMatchObject({ exit: 1, stdout: '' });
  const json = await holdfast(dir, 'stacks', '--json');
  expect(json).toMatchObject({ exit: 1, stderr: '' });
  expect(JSON.parse(json.stdout).error.code).toBe('away');
});

test('a reader that is slower than the end of the program gets everything', async () => {
  const log = 'a line of the log\n'.repeat(100_000);
  const instance = await startFakeInstance({ 'GET /api/v1/runs/x/log': (_req, res) => void res.end(log) });
  const command = '"$0" "$1" logs x --server "$2" --token t | (sleep 1; wc -c)';
  const { stdout } = await run('bash', ['-c', command, process.execPath, bin, instance.address], { env });
  await instance.close();
  expect(Number(stdout)).toBe(log.length);
});

test('a reader that goes away in the middle of a log is no error', async () => {
  const instance = await startFakeInstance({
    'GET /api/v1/runs/x/log': (_req, res) => {
      const more = () => {
        while (res.write('a line of the log\n'.repeat(1000)));
        res.once('drain', more);
      };
      more();
    },
  });
  // biome-ignore lint/suspicious/noTemplateCurlyInString: bash's own
  const command = '"$0" "$1" logs x --follow --server "$2" --token t | head -c 10; echo " ${PIPESTATUS[0]}"';
  const { stdout, stderr } = await run('bash', ['-c', command, process.execPath, bin, instance.address], { env });
  await instance.close();
  expect({ stdout, stderr }).toEqual({ stdout: 'a line of  0\n', stderr: '' });
});

test('changed finds the stacks of a real repository, with their reasons', async () => {
  const repository = makeRepository(join(dir, 'repository'));
  const resource = 'resource "terraform_data" "x" {}\n';
  repository.commit({ 'a/main.tf': 'module "m" { source = "../m" }', 'b/main.tf': resource, 'm/main.tf': resource });
  repository.commit({ 'm/main.tf': `${resource}# more`, 'b/README.md': 'more' });
  const cwd = repository.dir;
  const some = await holdfast(cwd, 'changed', '--base', 'HEAD~1', '--json');
  expect(some).toMatchObject({ exit: 2, stderr: '' });
  expect(JSON.parse(some.stdout)).toMatchObject({
    base: expect.stringMatching(/^[0-9a-f]{40}$/),
    stacks: [{ name: 'a', dir: 'a', reasons: [{ kind: 'module', path: 'm/main.tf' }] }],
  });
  expect(await holdfast(cwd, 'changed', '--base', 'HEAD')).toMatchObject({ exit: 0 });
  expect(await holdfast(cwd, 'changed', '--base', '--upload-pack=x')).toMatchObject({ exit: 1 });
  const outside = await holdfast('/', 'changed', '--repo', '/proc', '--base', 'x', '--json');
  expect(outside.exit).toBe(1);
  expect(JSON.parse(outside.stdout).error.message).toMatch(/not (in )?a git repository/);
});

test('validate says where a stack does not parse, and doctor what it found here', async () => {
  await run('sh', ['-c', `mkdir -p broken/net; echo 'resource "x" {' > broken/net/main.tf`], { cwd: dir, env });
  const broken = await holdfast(join(dir, 'broken'), 'validate', '.');
  expect(broken).toMatchObject({ exit: 1, stdout: expect.stringContaining('net/main.tf:1') });
  const doctor = await holdfast(join(dir, 'broken'), 'doctor', '--json');
  const { checks } = JSON.parse(doctor.stdout) as { checks: { name: string; status: string }[] };
  expect(checks.find(({ name }) => name === 'git')?.status).toBe('ok');
  expect(checks.find(({ name }) => name === 'database')?.status).toBe('ok');
});
