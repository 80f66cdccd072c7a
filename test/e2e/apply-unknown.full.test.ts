import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type ChannelServer, startChannelServer } from '../support/channel-server.ts';
import { hasBinary } from '../support/engine.ts';
import { makeRepository } from '../support/git-repository.ts';
import { made } from '../support/instance/apply-ends.ts';
import { kill, TestInstance } from '../support/instance/test-instance.ts';
import { until } from '../support/until.ts';

const needs = hasBinary('terraform');
const title = `an apply of which nobody will ever tell${needs ? '' : ' (skipped: terraform is not on PATH)'}`;
let instance: TestInstance;
let channel: ChannelServer;
beforeEach(async () => {
  instance = await TestInstance.make();
  channel = await startChannelServer();
});
afterEach(async () => {
  await instance.remove();
  await channel.close();
});

const textOf = (type: string) =>
  until(async () => channel.received.find(({ json }) => json.type === type)?.json.text as string | undefined, 60_000);

describe.skipIf(!needs)(title, { timeout: 240_000 }, () => {
  test('its directory lost with everything: interrupted, blocked, and ended without an `end` once a person frees its lock', async () => {
    const repository = makeRepository(join(instance.dir, 'infra'));
    const begun = join(instance.dir, 'begun');
    const head = repository.commit({ 'net/main.tf': made('a', { command: `touch '${begun}'; sleep 60` }) });
    const timers = { lease: '6s', heartbeat: '500ms', sweep: '1s', drain: '5s' };
    const channels = [{ name: 'hook', type: 'webhook', url: channel.url }];
    instance.configure({ repositories: [{ name: 'infra', url: repository.dir }], channels, timers });
    await instance.start('up');
    const id = (await instance.settled(head, 1))[0]?.id ?? '';
    expect((await instance.cli('approve', id)).exit).toBe(0);
    await until(async () => existsSync(begun) || null, 60_000);
    for (const { pid } of instance.processes()) kill(pid);
    rmSync(join(instance.dataDir, 'workers'), { recursive: true });

    await instance.start('up');
    const interrupted = await until(async () => {
      const run = await instance.run(id);
      return run.status === 'interrupted' ? run : null;
    }, 60_000);
    expect(interrupted).toMatchObject({ end: null, reason: expect.stringContaining('its run directory is lost') });
    expect(interrupted.next_step).toContain('holdfast unlock net');
    expect(await textOf('apply.interrupted')).toContain(`Next: ${interrupted.next_step}`);
    expect((await instance.stacks())[0]?.blocked).toMatchObject({ run: id });

    const unlock = await instance.cli('unlock', 'net', '--confirm', 'net');
    expect(unlock.exit).toBe(0);
    const run = await instance.run(id);
    expect(run).toMatchObject({ status: 'failed', end: null, reason: expect.stringContaining('freed its lock') });
    expect(run.next_step).toMatch(/^read the log \(holdfast logs .*holdfast unblock net/);
    expect((await instance.stacks())[0]?.blocked).toMatchObject({ run: id });
    expect(JSON.parse((await instance.cli('locks', '--json')).stdout).locks).toEqual([]);
    expect(await textOf('apply.failed')).toMatch(/apply failed net: .*nobody knows how it ended/);

    expect((await instance.cli('unblock', 'net', '--reason', 'looked: nothing was made')).exit).toBe(0);
    const again = await instance.cli('plan', 'net', '--wait', '--json');
    expect(JSON.parse(again.stdout)).toMatchObject({ status: 'awaiting_approval', new_state: true });
  });
});
