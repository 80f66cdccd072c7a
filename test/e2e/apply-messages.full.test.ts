import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type ChannelServer, startChannelServer } from '../support/channel-server.ts';
import { hasBinary } from '../support/engine.ts';
import { makeRepository } from '../support/git-repository.ts';
import { slowStack } from '../support/instance/slow-apply.ts';
import { resource } from '../support/instance/stack-files.ts';
import { TestInstance } from '../support/instance/test-instance.ts';
import { until } from '../support/until.ts';

const needs = hasBinary('terraform');
const title = `what people are told of applies${needs ? '' : ' (skipped: terraform is not on PATH)'}`;
let instance: TestInstance;
let repository: ReturnType<typeof makeRepository>;
let channel: ChannelServer;

beforeEach(async () => {
  instance = await TestInstance.make();
  repository = makeRepository(join(instance.dir, 'infra'));
  channel = await startChannelServer();
});
afterEach(async () => {
  await instance.remove();
  await channel.close();
});

async function up(files: Record<string, string>, more: object = {}): Promise<string> {
  const head = repository.commit(files);
  const infra = { name: 'infra', url: repository.dir, poll_interval: '1s', ...more };
  const channels = [{ name: 'hook', type: 'webhook', url: channel.url }];
  instance.configure({ repositories: [infra], channels, access: { tokens: [ANA] } });
  await instance.start('up');
  const [run] = await instance.settled(head, 1);
  expect(run?.status).toBe('awaiting_approval');
  return run?.id ?? '';
}
const ANA = { name: 'ana', role: 'approver', secret: 'ana-secret-ana-secret' };
const events = () => channel.received.map(({ json }) => json.type);
const textOf = (type: string) => String(channel.received.findLast(({ json }) => json.type === type)?.json.text);
const heard = (...types: string[]) =>
  until(async () => (events().length >= types.length ? events() : null), 60_000).then((all) =>
    expect(all).toEqual(types),
  );

describe.skipIf(!needs)(title, { timeout: 240_000 }, () => {
  test('a plan says who may approve it; `apply: auto` asks once, for the first apply, and then only tells', async () => {
    const holdfast = 'stacks: [{dir: net, apply: auto}]\n';
    const id = await up({ 'net/main.tf': resource('own'), 'holdfast.yaml': holdfast }, { allow: { auto_apply: true } });
    await heard('plan.ready');
    expect(textOf('plan.ready')).toContain(`Approve: holdfast approve ${id} · ana, an admin on its host may approve`);
    expect(textOf('plan.ready')).toContain('not applied by itself (apply: auto): it is the first apply');
    expect((await instance.cli('approve', id, '--wait')).exit).toBe(0);
    await heard('plan.ready', 'apply.succeeded');
    expect(textOf('apply.succeeded')).toMatch(/^🟢 applied net: \+1\nApproved by token:local\.\n/);

    repository.commit({ 'net/main.tf': resource('own') + resource('second') });
    await heard('plan.ready', 'apply.succeeded', 'apply.succeeded');
    expect(textOf('apply.succeeded')).toContain('Approved by itself (apply: auto).');
    const [newest] = await instance.runs();
    expect(newest).toMatchObject({ status: 'applied', approved_by: 'system:auto', summary: { add: 1 } });
  });

  test('a lock says that its holder lives and is not freed; a cancel says what it means, and the end what is safe', async () => {
    const log = join(instance.dir, 'side.log');
    const id = await up({ 'net/main.tf': slowStack(log, 60) });
    expect((await instance.cli('approve', id)).exit).toBe(0);
    await until(async () => (existsSync(log) && readFileSync(log, 'utf8').includes('began')) || null, 60_000);

    const { locks } = JSON.parse((await instance.cli('locks', '--json')).stdout);
    expect(locks).toMatchObject([
      { stack: 'net', run: id, state: 'alive', evidence: expect.stringContaining('local-1') },
    ]);
    const unlock = await instance.cli('unlock', 'net', '--confirm', 'net', '--json');
    expect(JSON.parse(unlock.stdout).error).toMatchObject({
      code: 'conflict',
      way_out: expect.stringContaining('cancel'),
    });
    const waiting = JSON.parse((await instance.cli('plan', 'net', '--json')).stdout);
    expect(waiting.waiting_for).toMatchObject([{ kind: 'run', name: id }]);

    const cancel = await instance.cli('cancel', id);
    expect(cancel.exit).toBe(0);
    expect(cancel.stderr).toContain('one SIGINT');
    const run = await until(async () => {
      const now = await instance.run(id);
      return now.status === 'applying' ? null : now;
    }, 60_000);
    expect(run).toMatchObject({ status: 'failed', end: 'canceled', next_step: expect.stringContaining(`retry ${id}`) });
    await until(async () => events().includes('apply.failed') || null, 60_000);
    expect(textOf('apply.failed')).toMatch(/^🟠 apply canceled net: 0 of 1 changes done\n/);
    expect(textOf('apply.failed')).toContain(`holdfast retry ${id}`);
    expect(JSON.parse((await instance.cli('locks', '--json')).stdout).locks).toEqual([]);
  });
});
