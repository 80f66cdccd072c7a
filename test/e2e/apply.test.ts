import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Run } from '../../src/api/contract.ts';
import { hasBinary } from '../support/engine.ts';
import { makeRepository } from '../support/git-repository.ts';
import { belongsToApply, slowStack } from '../support/instance/slow-apply.ts';
import { resource } from '../support/instance/stack-files.ts';
import { kill, TestInstance } from '../support/instance/test-instance.ts';
import { until } from '../support/until.ts';

let instance: TestInstance;
let repository: ReturnType<typeof makeRepository>;
const needs = hasBinary('terraform');
const title = `applies through a whole instance${needs ? '' : ' (skipped: terraform is not on PATH)'}`;

beforeEach(async () => {
  instance = await TestInstance.make();
  repository = makeRepository(join(instance.dir, 'infra'));
});
afterEach(() => instance.remove());

async function up(files: Record<string, string>): Promise<string> {
  const head = repository.commit(files);
  instance.configure({ repositories: [{ name: 'infra', url: repository.dir, poll_interval: '1s' }] });
  await instance.start('up');
  const [run] = await instance.settled(head, 1);
  expect(run?.status).toBe('awaiting_approval');
  return run?.id ?? '';
}

const ended = (id: string) =>
  until(async () => {
    const run = await instance.run(id).catch(() => null);
    return run && ['applied', 'failed'].includes(run.status) ? run : null;
  }, 120_000);

const sideLog = () => join(instance.dir, 'side.log');
const lines = () => (existsSync(sideLog()) ? readFileSync(sideLog(), 'utf8').trim().split('\n') : []);

/** Nothing is locked, and the stored state knows the resource. */
async function expectWhole(run: Run): Promise<void> {
  expect(run).toMatchObject({ status: 'applied', end: 'applied', orphans: [] });
  expect(await (await instance.ask('/api/v1/locks')).json()).toEqual({ locks: [], next: null });
  const state = await instance.cli('state', 'pull', run.stack);
  expect(JSON.parse(state.stdout).resources).toHaveLength(1);
}

describe.skipIf(!needs)(title, { timeout: 240_000 }, () => {
  test('an approved plan is applied, once, and the next plan has nothing to do', async () => {
    const id = await up({ 'net/main.tf': resource('own') });
    const wrong = await instance.cli('approve', id, '--digest', 'f'.repeat(64), '--json');
    expect(wrong.exit).toBe(1);
    const approved = await instance.cli('approve', id, '--wait', '--json');
    expect(approved.exit).toBe(0);
    await expectWhole(await instance.run(id));
    const twice = await instance.cli('approve', id, '--json');
    expect([twice.exit, JSON.parse(twice.stdout).error.code]).toEqual([1, 'conflict']);
    const again = await instance.cli('plan', 'net', '--wait', '--json');
    expect(again.exit).toBe(0);
    expect((await instance.stacks())[0]).toMatchObject({
      status: 'idle',
      applied_commit: (await instance.run(id)).commit,
    });
  });

  test('frozen, nothing can be approved; a newer head makes the approval of the old plan void', async () => {
    const id = await up({ 'net/main.tf': resource('own') });
    expect((await instance.cli('freeze', '--reason', 'holidays')).exit).toBe(0);
    const frozen = await instance.cli('approve', id, '--json');
    expect(frozen.exit).toBe(1);
    expect(frozen.stdout).toContain('holidays');
    expect((await instance.cli('unfreeze')).exit).toBe(0);
    const head = repository.commit({ 'net/main.tf': resource('own', 'b') });
    await instance.settled(head, 1);
    const old = await instance.cli('approve', id, '--json');
    expect(JSON.parse(old.stdout).error).toMatchObject({ code: 'conflict' });
    expect((await instance.run(id)).status).toBe('superseded');
  });

  test('a failing change ends as failed, says what is done and what is safe; retry plans again', async () => {
    const bad =
      'resource "terraform_data" "bad" {\n  depends_on = [terraform_data.own]\n  provisioner "local-exec" {\n    command = "exit 3"\n  }\n}\n';
    const id = await up({ 'net/main.tf': resource('own') + bad });
    expect((await instance.cli('approve', id, '--wait', '--json')).exit).toBe(1);
    const run = await instance.run(id);
    expect(run).toMatchObject({ status: 'failed', end: 'partial_saved' });
    expect(run.next_step).toBeTruthy();
    expect(run.error?.summary).toContain('local-exec');
    const retry = await instance.cli('retry', id, '--json');
    expect(retry.exit).toBe(0);
    expect(JSON.parse(retry.stdout)).toMatchObject({ trigger: 'retry', stack: 'net' });
  });

  test('everything but shim and terraform is killed in mid-apply: up again, it is applied, the side effect exactly once', async () => {
    const id = await up({ 'net/main.tf': slowStack(sideLog(), 6) });
    expect((await instance.cli('approve', id)).exit).toBe(0);
    await until(() => Promise.resolve(lines().includes('began') || null), 60_000);
    for (const { pid, command } of instance.processes()) if (!belongsToApply(command)) kill(pid);
    await instance.start('up');
    const run = await ended(id);
    await expectWhole(run);
    expect(lines()).toEqual(['began', 'ended']);
    const log = await (await instance.ask(`/api/v1/runs/${id}/log`)).text();
    expect(log.match(/Apply complete/g)).toHaveLength(1);
  });
});
