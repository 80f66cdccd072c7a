import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type ChannelServer, startChannelServer } from '../support/channel-server.ts';
import { hasBinary } from '../support/engine.ts';
import { makeRepository } from '../support/git-repository.ts';
import { made } from '../support/instance/apply-ends.ts';
import type { Program } from '../support/instance/program.ts';
import { TestInstance } from '../support/instance/test-instance.ts';
import { until } from '../support/until.ts';

const needs = hasBinary('terraform');
const title = `a state that was not saved by an apply which was given up${needs ? '' : ' (skipped: terraform is not on PATH)'}`;
const SECRET = 'Canary7Hq2Vx9';
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

/** An apply whose terraform waits for `go`, whose worker is silent, and whose lock a person has freed. */
async function givenUp(silence: (worker: Program) => void): Promise<{ id: string; worker: Program }> {
  const repository = makeRepository(join(instance.dir, 'infra'));
  const begun = join(instance.dir, 'begun');
  const wait = `touch '${begun}'; while [ ! -e '${join(instance.dir, 'go')}' ]; do sleep 0.1; done`;
  const secret = `resource "terraform_data" "b" {\n  input = "${SECRET}"\n}\n`;
  const head = repository.commit({ 'net/main.tf': secret + made('a', { after: 'b', command: wait }) });
  const timers = { lease: '4s', heartbeat: '300ms', sweep: '500ms', drain: '5s' };
  const channels = [{ name: 'hook', type: 'webhook', url: channel.url }];
  instance.configure({ repositories: [{ name: 'infra', url: repository.dir }], channels, timers });
  const serve = await instance.start('serve');
  const worker = await instance.startWorker('w1');
  const id = (await instance.settled(head, 1))[0]?.id ?? '';
  expect((await instance.cli('approve', id)).exit).toBe(0);
  await until(async () => existsSync(begun) || null, 60_000);
  await until(async () => (await instance.run(id)).status === 'applying' || null, 60_000);
  silence(worker);
  await until(async () => (await instance.run(id)).status === 'interrupted' || null, 60_000);
  // As if it ran on another host, of which this one can prove nothing.
  serve.signal('SIGTERM');
  await serve.ended;
  const db = new DatabaseSync(join(instance.dataDir, 'holdfast.db'));
  db.exec(`UPDATE runs SET process = json_set(process, '$.host', 'elsewhere') WHERE id = '${id}'`);
  db.close();
  await instance.start('serve');
  expect((await instance.cli('unlock', 'net', '--confirm', 'net')).exit).toBe(0);
  expect(await instance.run(id)).toMatchObject({ status: 'failed', end: null });
  return { id, worker };
}

/** It is kept on the control plane, people know, nothing lies on the worker any more, and it can be made the stored one. */
async function isRescued(id: string): Promise<void> {
  const run = await until(async () => {
    const found = await instance.run(id);
    return found.end === null ? null : found;
  }, 60_000);
  expect(run).toMatchObject({ status: 'failed', end: 'unsaved_state' });
  expect(run.next_step).toContain(`holdfast state restore net --run ${id}`);
  expect((await instance.stacks())[0]?.blocked).toMatchObject({ run: id, reason: expect.stringContaining('given up') });
  const message = await until(
    async () =>
      channel.received.findLast(({ json }) => json.type === 'stack.blocked' && String(json.text).includes('restore')) ??
      null,
    60_000,
  );
  expect(message.json.run).toBe(id);
  const pulled = await instance.cli('state', 'pull', 'net', '--run', id);
  expect(JSON.parse(pulled.stdout).resources).toHaveLength(2);
  const left = () =>
    readdirSync(instance.dataDir, { recursive: true, encoding: 'utf8' }).filter((path) =>
      /rescued\/.|errored\.tfstate/.test(path),
    );
  await until(async () => left().length === 0 || null, 30_000);
  expect(instance.log()).not.toContain(SECRET);
  expect(await instance.cli('state', 'restore', 'net', '--run', id)).toMatchObject({ exit: 0, stderr: '' });
  expect((await instance.cli('unblock', 'net', '--reason', `restored from ${id}`)).exit).toBe(0);
  const again = await instance.cli('plan', 'net', '--wait', '--json');
  expect(JSON.parse(again.stdout)).toMatchObject({ status: 'unchanged' });
}

describe.skipIf(!needs)(title, { timeout: 240_000 }, () => {
  test('a worker that was silent hears that the run is gone, and sends it all the same', async () => {
    const { id, worker } = await givenUp((silent) => silent.signal('SIGSTOP'));
    writeFileSync(join(instance.dir, 'go'), '');
    worker.signal('SIGCONT');
    await isRescued(id);
  });

  test('a worker that died finds it when it is there again, also where terraform ends only then', async () => {
    const { id } = await givenUp((silent) => silent.signal('SIGKILL'));
    await instance.startWorker('w1');
    await until(async () => instance.log().includes('a run is no longer ours') || null, 60_000);
    writeFileSync(join(instance.dir, 'go'), '');
    await isRescued(id);
  });
});
