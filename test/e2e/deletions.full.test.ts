import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type ChannelServer, startChannelServer } from '../support/channel-server.ts';
import { hasBinary } from '../support/engine.ts';
import { makeRepository } from '../support/git-repository.ts';
import { resource } from '../support/instance/stack-files.ts';
import { TestInstance } from '../support/instance/test-instance.ts';
import { until } from '../support/until.ts';

let instance: TestInstance;
let repository: ReturnType<typeof makeRepository>;
let channel: ChannelServer;
const needs = hasBinary('terraform');
const title = `names and deletions through a whole instance${needs ? '' : ' (skipped: terraform is not on PATH)'}`;

beforeEach(async () => {
  instance = await TestInstance.make();
  repository = makeRepository(join(instance.dir, 'infra'));
  channel = await startChannelServer();
});
afterEach(async () => {
  await instance.remove();
  await channel.close();
});

const stack = async (name: string) => (await instance.stacks()).find((one) => one.name === name);
const texts = () => channel.received.map(({ json }) => String(json.text));

async function up(files: Record<string, string>): Promise<void> {
  const head = repository.commit(files);
  instance.configure({
    repositories: [{ name: 'infra', url: repository.dir, poll_interval: '1s' }],
    channels: [{ name: 'hook', type: 'webhook', url: channel.url }],
    limits: { deletions: 1 },
  });
  await instance.start('up');
  const count = Object.keys(files).filter((path) => path.endsWith('.tf')).length;
  for (const run of await instance.settled(head, count)) {
    const done = await instance.cli('approve', run.id, '--wait', '--json');
    expect(done.exit, done.stdout + done.stderr).toBe(0);
  }
}

/** Waits until the head was processed. */
const processed = (commit: string) =>
  until(async () => {
    const list = (await (await instance.ask('/api/v1/repositories')).json()) as {
      repositories: { processed_commit: string }[];
    };
    return list.repositories[0]?.processed_commit === commit || null;
  }, 60_000);

describe.skipIf(!needs)(title, { timeout: 240_000 }, () => {
  test('too many deletions are held, told in one message, let go on by a person, and each destroy waits', async () => {
    await up({ 'a/main.tf': resource('a'), 'b/main.tf': resource('b'), 'c/main.tf': resource('c') });
    await processed(repository.commit({ 'a/main.tf': null, 'b/main.tf': null }));
    expect((await stack('a'))?.held).toContain('holdfast stacks release');
    expect((await instance.runs()).filter(({ kind }) => kind === 'destroy')).toEqual([]);
    const listed = await instance.cli('stacks');
    expect(listed.stdout).toContain('nothing is destroyed until `holdfast stacks release`');
    await until(async () => texts().some((text) => text.includes('holdfast stacks release')) || null, 30_000);
    expect(texts().filter((text) => text.includes('holdfast stacks release'))).toHaveLength(1);

    const released = await instance.cli('stacks', 'release', '--json');
    expect(released.exit, released.stderr).toBe(0);
    const { released: runs } = JSON.parse(released.stdout) as { released: { stack: string; run: string }[] };
    expect(runs.map((one) => one.stack)).toEqual(['a', 'b']);
    for (const { run } of runs) {
      const waiting = await until(async () => {
        const now = await instance.run(run);
        return now.status === 'awaiting_approval' ? now : null;
      }, 60_000);
      expect(waiting).toMatchObject({ kind: 'destroy', trigger: 'deletion', summary: { destroy: 1 } });
    }
    await until(
      async () => texts().some((text) => /^🟡 destroy plan a: -1, wants approval/.test(text)) || null,
      30_000,
    );
    // The directory returns: its destroy is taken back, and nothing else.
    await processed(repository.commit({ 'a/main.tf': resource('a') }));
    expect((await instance.run(runs[0]?.run ?? '')).status).toBe('superseded');
    expect((await instance.run(runs[1]?.run ?? '')).status).toBe('awaiting_approval');
    expect((await instance.cli('approve', runs[1]?.run ?? '', '--wait')).exit).toBe(0);
    expect((await instance.stacks()).map(({ name }) => name)).toEqual(['a', 'c']);
    await until(async () => texts().some((text) => text.startsWith('🟢 destroyed b')) || null, 30_000);
  });

  test('a directory under another name is held, and goes on as what it was once that is said; git’s own moves need no word', async () => {
    await up({ 'a/main.tf': resource('a') });
    await processed(repository.commit({ 'holdfast.yaml': 'version: 1\nstacks:\n  - {dir: a, name: net}\n' }));
    expect((await stack('net'))?.held).toBe('this directory was `a`; set `name: a`, or `holdfast stacks mv a net`');
    const refused = await instance.cli('plan', 'net', '--json');
    expect([refused.exit, JSON.parse(refused.stdout).error.code]).toEqual([1, 'conflict']);
    const moved = await instance.cli('stacks', 'mv', 'a', 'net', '--json');
    expect(moved.exit, moved.stdout + moved.stderr).toBe(0);
    const { run } = JSON.parse(moved.stdout) as { run: string };
    const ended = await until(async () => {
      const now = await instance.run(run);
      return now.status === 'unchanged' ? now : null;
    }, 60_000);
    expect(ended.stack).toBe('net');
    expect((await instance.stacks()).map(({ name, held }) => [name, held])).toEqual([['net', null]]);
    const state = JSON.parse((await instance.cli('state', 'pull', 'net')).stdout) as { resources: unknown[] };
    expect(state.resources).toHaveLength(1);
    expect((await instance.cli('stacks', 'mv', 'nobody', 'x')).exit).toBe(1);

    // The name goes from the file, and git moves the directory in one push: it is still the same stack.
    repository.git('mv', 'a', 'zone');
    await processed(repository.commit({ 'holdfast.yaml': 'version: 1\n' }));
    const list = await until(async () => {
      const all = await instance.stacks();
      return all[0]?.status === 'idle' ? all : null;
    }, 60_000);
    expect(list.map(({ name, dir }) => [name, dir])).toEqual([['zone', 'zone']]);
    const [last] = await instance.runs();
    expect(last).toMatchObject({ stack: 'zone', status: 'unchanged' });
    expect(last?.reasons[0]?.via[0]).toContain('its state goes on');
    const none = await instance.cli('stacks', 'release');
    expect([none.exit, none.stdout]).toEqual([0, 'No deletion is held.\n']);
    const literal = await instance.cli('stacks', '--', 'release');
    expect(literal.exit).toBe(1);
  });
});
