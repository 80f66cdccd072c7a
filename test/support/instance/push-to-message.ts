import { createHmac } from 'node:crypto';
import { join } from 'node:path';
import { expect } from 'vitest';
import type { RunListItem } from '../../../src/api/contract.ts';
import { type ChannelServer, startChannelServer } from '../channel-server.ts';
import { makeRepository } from '../git-repository.ts';
import { until } from '../until.ts';
import { CHANNEL_KEY, readSigned } from './channel-check.ts';
import { resource, twelveStacks } from './stack-files.ts';
import { TestInstance } from './test-instance.ts';

const SECRET = 'a secret that two sides know';
type Reasons = Record<string, [kind: string, path: string][]>;

/**
 * Two repositories of twelve stacks each: `live` is polled every second, `hooked` once a month. Pushes to both, and the
 * exact runs, reasons and messages that come of it. Leaves nothing behind.
 */
export async function checkPushToMessage(start: (instance: TestInstance) => Promise<void>): Promise<void> {
  const instance = await TestInstance.make();
  const channel = await startChannelServer();
  try {
    const live = makeRepository(join(instance.dir, 'live'));
    const hooked = makeRepository(join(instance.dir, 'hooked'));
    for (const repository of [live, hooked]) repository.commit(twelveStacks());
    instance.configure(configOf(instance, channel));
    await start(instance);
    await until(async () => (await instance.stacks()).length === 24 || null);
    expect(await instance.runs()).toEqual([]);

    const polled = live.commit({
      's02/main.tf': resource('own', 'b'),
      'modules/zone/main.tf': resource('zone', 'b'),
      's01/README.md': 'nobody plans for this',
    });
    await expectPlans(instance, polled, {
      s02: [['file', 's02/main.tf']],
      s04: [['module', 'modules/zone/main.tf']],
      s05: [['module', 'modules/zone/main.tf']],
    });
    const first = await expectMessages(channel, { count: 3, seen: 0, repository: 'live' });
    expect(first.map(({ stack }) => stack).sort()).toEqual(['s02', 's04', 's05']);
    expect(first.find(({ stack }) => stack === 's04')?.summary).toMatchObject({ add: 3, change: 0, destroy: 0 });

    const pushed = hooked.commit({
      'files/motd.txt': 'hello again\n',
      's12/main.tf': `${twelveStacks()['s12/main.tf']}locals { more = 1 }\n`,
    });
    expect((await sendWebhook(instance, pushed)).status).toBe(202);
    const hookedRuns = await expectPlans(instance, pushed, {
      'h/s07': [['path', 'files/motd.txt']],
      'h/s08': [['path', 'files/motd.txt']],
      'h/s12': [['file', 's12/main.tf']],
    });
    // Nothing to create in it: its plan says so, and nobody is told.
    expect(hookedRuns.find(({ stack }) => stack === 'h/s12')?.status).toBe('unchanged');
    const second = await expectMessages(channel, { count: 2, seen: 4, repository: 'hooked' });
    expect(second.map(({ stack }) => stack).sort()).toEqual(['h/s07', 'h/s08']);

    expect(await instance.runs()).toHaveLength(6);
    expect(await instance.stop()).toEqual([]);
    expect(channel.received).toHaveLength(7);
  } finally {
    await channel.close();
    await instance.remove();
  }
}

function configOf(instance: TestInstance, channel: ChannelServer) {
  const watched = (name: string) => ({ name, url: join(instance.dir, name), first_sight: 'ignore' });
  const webhook = { provider: 'github', secret: SECRET };
  return {
    repositories: [
      { ...watched('live'), poll_interval: '1s' },
      { ...watched('hooked'), poll_interval: '30d', stack_prefix: 'h/', webhook },
    ],
    channels: [
      { name: 'hook', type: 'webhook', url: `${channel.url}/hook`, secret: CHANNEL_KEY },
      { name: 'chat', type: 'slack', url: `${channel.url}/slack` },
    ],
    workers: { count: 1, concurrency: 3 },
  };
}

function sendWebhook(instance: TestInstance, after: string): Promise<Response> {
  const body = JSON.stringify({ ref: 'refs/heads/main', after });
  const signature = createHmac('sha256', SECRET).update(body).digest('hex');
  const headers = {
    'content-type': 'application/json',
    'x-github-event': 'push',
    'x-github-delivery': after,
    'x-hub-signature-256': `sha256=${signature}`,
  };
  return fetch(`${instance.address}/webhooks/hooked`, { method: 'POST', headers, body });
}

async function expectPlans(instance: TestInstance, commit: string, reasons: Reasons): Promise<RunListItem[]> {
  const runs = await instance.settled(commit, Object.keys(reasons).length);
  const found = runs.map((run) => [run.stack, run.reasons.map(({ kind, path }) => [kind, path])]);
  expect(Object.fromEntries(found)).toEqual(reasons);
  expect(runs).toHaveLength(found.length);
  for (const run of runs) {
    expect(run).toMatchObject({
      kind: 'plan',
      trigger: 'push',
      author: 'Ada <ada@example.com>',
      message: 'change',
      error: null,
    });
    expect(['awaiting_approval', 'unchanged']).toContain(run.status);
  }
  return runs;
}

/** One signed message per stack, and one of Slack's for all of them. */
async function expectMessages(channel: ChannelServer, wanted: { count: number; seen: number; repository: string }) {
  const { count, seen, repository } = wanted;
  const received = (await channel.got(seen + count + 1)).slice(seen);
  const bodies = received.filter(({ path }) => path === '/hook').map(readSigned);
  const chats = received.filter(({ path }) => path === '/slack');
  expect({ hooks: bodies.length, chats: chats.length }).toEqual({ hooks: count, chats: 1 });
  for (const body of bodies) expect(body).toMatchObject({ type: 'plan.ready', repository });
  const text = JSON.stringify(chats[0]?.json);
  for (const { stack, run, url } of bodies) {
    expect(text).toContain(stack);
    expect(url).toContain(`/runs/${run}`);
  }
  return bodies;
}
