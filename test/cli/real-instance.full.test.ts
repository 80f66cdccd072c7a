import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Run, RunList, Stack, StackList } from '../../src/api/contract.ts';
import { findBinary } from '../support/find-binary.ts';
import { makeRepository } from '../support/git-repository.ts';

const bin = resolve(import.meta.dirname, '../../bin/holdfast.mjs');
const dir = mkdtempSync(join(tmpdir(), 'holdfast-cli-'));
const env = { PATH: process.env.PATH ?? '', HOME: dir };
let instance: ChildProcess;
let ready: { address: string; command: string };

function start(...args: string[]): ChildProcess {
  return spawn(process.execPath, [bin, ...args], { cwd: dir, env, stdio: ['ignore', 'pipe', 'pipe'] });
}

async function holdfast(...args: string[]) {
  const child = start(...args);
  const out = { stdout: '', stderr: '' };
  child.stdout?.on('data', (chunk) => {
    out.stdout += chunk;
  });
  child.stderr?.on('data', (chunk) => {
    out.stderr += chunk;
  });
  const [exit] = await once(child, 'close');
  return { exit, ...out, json: args.includes('--json') ? JSON.parse(out.stdout) : null };
}

describe.skipIf(findBinary('terraform') === null)('the command line over a running instance (needs terraform)', () => {
  beforeAll(async () => {
    const resource = 'resource "terraform_data" "x" { input = "one" }\n';
    const repository = makeRepository(join(dir, 'infra'));
    repository.commit({
      'dns/main.tf': resource,
      'broken/main.tf': 'resource "terraform_data" "x" {\n  nonsense = 1\n}\n',
    });
    writeFileSync(
      join(dir, 'server.yaml'),
      `version: 1\nlisten: 127.0.0.1:0\nrepositories: [{name: infra, url: ${repository.dir}, branch: main, poll_interval: 1s}]\n`,
    );
    instance = start('up', '--json');
    instance.stderr?.resume();
    const [chunk] = await once(instance.stdout as NonNullable<ChildProcess['stdout']>, 'data');
    ready = JSON.parse(String(chunk));
  });
  afterAll(async () => {
    const ended = once(instance, 'exit');
    instance.kill('SIGTERM');
    await ended;
    rmSync(dir, { recursive: true, force: true, maxRetries: 5 });
  });

  test('up says where it is, and doctor finds it there', async () => {
    expect(ready).toMatchObject({ command: 'up', address: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+$/) });
    const { json } = await holdfast('doctor', '--json');
    expect(json.checks).toContainEqual(
      expect.objectContaining({ name: 'instance', detail: expect.stringContaining(ready.address) }),
    );
  });

  test('a plan that is waited for exits 2, shows in every list, and can be thrown away once', async () => {
    const plan = await holdfast('plan', 'dns', '--wait', '--json');
    expect(plan.exit).toBe(2);
    const run = Run.parse(plan.json);
    expect(run).toMatchObject({ stack: 'dns', status: 'awaiting_approval', trigger: 'manual', summary: { add: 1 } });
    expect((await holdfast('run', run.id, '--json')).json).toEqual(plan.json);
    expect(RunList.parse((await holdfast('runs', '--stack', 'dns', '--json')).json).runs[0]?.id).toBe(run.id);
    expect(Stack.parse((await holdfast('stacks', 'dns', '--explain', '--json')).json).open_run).toBe(run.id);
    expect(StackList.parse((await holdfast('stacks', '--json')).json).stacks.map(({ name }) => name)).toEqual([
      'broken',
      'dns',
    ]);
    expect((await holdfast('logs', '-f', run.id, '--json')).json.log).toContain('Plan: 1 to add');
    const text = await holdfast('run', run.id);
    expect(text.stdout).toContain('  + terraform_data.x  create\n');
    expect((await holdfast('discard', run.id, '--json')).json).toMatchObject({ id: run.id, status: 'discarded' });
    const again = await holdfast('discard', run.id, '--json');
    expect(again).toMatchObject({ exit: 1, json: { error: { code: 'conflict' } } });
  });

  test('a stack that cannot be planned exits 1 and names file and line', async () => {
    const plan = await holdfast('plan', 'broken', '--wait');
    expect(plan.exit).toBe(1);
    expect(plan.stdout).toMatch(/Error: Unsupported argument {2}broken\/main\.tf:2/);
  });

  test('what is not there is said with the way out', async () => {
    for (const argv of [
      ['run', 'nope'],
      ['logs', 'nope'],
      ['stacks', 'nope'],
      ['cancel', 'nope'],
      ['plan', 'nope'],
    ]) {
      const { exit, json } = await holdfast(...argv, '--json');
      expect({ exit, code: json.error.code }, argv.join(' ')).toEqual({ exit: 1, code: 'not_found' });
      expect(json.error.way_out).toContain('holdfast ');
    }
  });

  test('a second instance on the same data folder is refused, naming the first', async () => {
    const { exit, json } = await holdfast('up', '--json');
    expect({ exit, code: json.error.code }).toEqual({ exit: 1, code: 'conflict' });
    expect(json.error.message).toContain(`pid ${instance.pid}`);
  });

  test('a wrong token is refused', async () => {
    const { exit, json } = await holdfast('stacks', '--token', 'wrong', '--json');
    expect({ exit, code: json.error.code }).toEqual({ exit: 1, code: 'unauthenticated' });
  });
});
