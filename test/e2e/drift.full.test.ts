import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { makeTinyStacks, type TinyStacks } from '../../bench/harness/tiny-stacks.ts';
import { DriftReport } from '../../src/api/contract.ts';
import { type ChannelServer, startChannelServer } from '../support/channel-server.ts';
import { findBinary } from '../support/find-binary.ts';
import type { WebhookBody } from '../support/instance/channel-check.ts';
import { TestInstance } from '../support/instance/test-instance.ts';
import { StateClient } from '../support/state-client.ts';
import { until } from '../support/until.ts';

const hasEngine = findBinary('terraform') !== null;
const STACKS = 8;
const DRIFTED = 3;

let instance: TestInstance;
let channel: ChannelServer;
beforeEach(async () => {
  [instance, channel] = await Promise.all([TestInstance.make(), startChannelServer()]);
});
afterEach(async () => {
  await channel.close();
  await instance.remove();
});

/** Stacks with a state that their plans agree with; nothing was told yet. */
async function appliedStacks(): Promise<TinyStacks> {
  const stacks = makeTinyStacks(join(instance.dir, 'infra'), STACKS);
  instance.configure({
    repositories: [{ name: 'infra', url: stacks.repository.dir, poll_interval: '1s', first_sight: 'ignore' }],
    channels: [{ name: 'hook', type: 'webhook', url: `${channel.url}/hook` }],
  });
  await instance.start('up');
  await until(async () => (await instance.stacks()).length === STACKS || null);
  for (const name of stacks.names) await pushState(name, stacks.stateOf(name));
  await instance.settled(stacks.touch(), STACKS);
  return stacks;
}

async function pushState(stack: string, state: string): Promise<void> {
  const token = readFileSync(join(instance.dataDir, 'admin.token'), 'utf8').trim();
  const client = new StateClient(instance.address, stack, token);
  await client.lock('laptop');
  expect((await client.post('laptop', state)).status).toBe(200);
  await client.unlock('laptop');
}

/** The state as somebody leaves it who changes the thing by hand: terraform_data has no other world. */
function changed(state: string): string {
  return state.replaceAll(' at 0', ' at 66').replace('"serial":1', '"serial":2');
}

/** Each notification once, however often it was delivered: `drift.found stack-0001`. */
function told(): string[] {
  const bodies = channel.received.map(({ json }) => json as unknown as WebhookBody);
  return [...new Map(bodies.map((body) => [body.id, `${body.type} ${body.stack}`])).values()].sort();
}

async function report() {
  return DriftReport.parse(await (await instance.ask('/api/v1/drift/report')).json());
}

test.skipIf(!hasEngine)(
  'a drift is found, told once, acknowledged, and cleared, on the command line',
  { timeout: 240_000 },
  async () => {
    const stacks = await appliedStacks();
    const clean = await instance.cli('drift', '--wait');
    expect(clean).toMatchObject({ exit: 0, stdout: expect.stringContaining('stack-0000  in sync') });
    await pushState('stack-0001', changed(stacks.stateOf('stack-0001')));
    const found = await instance.cli('drift', 'stack-0001', '--wait');
    expect(found.exit).toBe(2);
    expect(found.stdout).toContain('~ terraform_data.this');
    expect(found.stdout).toMatch(/input: stack-0001 at 0 -> stack-0001 at 66/);
    await until(() => told().length === 1 || null);
    expect((await instance.cli('drift', 'stack-0001', '--wait', '--json')).exit).toBe(2);
    const json = JSON.parse((await instance.cli('drift', 'report', '--json')).stdout);
    expect(json.totals).toMatchObject({ stacks: STACKS, drifted: 1, in_sync: STACKS - 1 });
    expect(json.stacks[1].findings).toMatchObject([{ state: 'known', address: 'terraform_data.this', times_seen: 2 }]);
    expect(JSON.parse((await instance.cli('stacks', 'stack-0001', '--json')).stdout).drift).toMatchObject({
      status: 'drifted',
      findings: 1,
    });

    const nobody = await instance.cli('drift', 'ack', 'stack-0001', 'terraform_data.other', '--reason', 'r');
    expect(nobody).toMatchObject({ exit: 1, stderr: expect.stringContaining('no finding at terraform_data.other') });
    const past = await instance.cli('drift', 'ack', 'stack-0001', '--reason', 'r', '--until', '2020-01-01');
    expect(past).toMatchObject({ exit: 1, stderr: expect.stringContaining('in the past') });
    expect((await instance.cli('drift', 'ack', 'stack-0001', '--reason', 'Ana knows')).stdout).toContain(
      'acknowledged until it changes',
    );
    expect((await instance.cli('drift', 'report')).stdout).toContain(
      'acknowledged by token:local until it changes: Ana knows',
    );
    expect((await instance.cli('drift', 'report', '--format', 'markdown')).stdout).toMatch(/^# Drift report\n/);
    expect((await instance.cli('drift', 'report', '--format', 'xml')).exit).toBe(1);
    const rule = await instance.cli(
      'drift',
      'ignore',
      'stack-0001',
      'terraform_data.*',
      '--reason',
      'it: may',
      '--expires',
      '2027-01-31',
    );
    expect(rule.stdout).toContain('- {address: "terraform_data.*", reason: "it: may", expires: 2027-01-31}');
    expect((await instance.cli('drift', 'ignore', 'stack-0001', 'a')).stderr).toContain('needs --reason');
    expect((await instance.cli('drift', 'nope')).stderr).toContain('there is no stack');

    await pushState('stack-0001', stacks.stateOf('stack-0001').replace('"serial":1', '"serial":3'));
    expect((await instance.cli('drift', 'stack-0001', '--wait')).exit).toBe(0);
    await until(() => told().length === 2 || null);
    expect(told()).toEqual(['drift.cleared stack-0001', 'drift.found stack-0001']);
    expect(await instance.stop()).toEqual([]);
  },
);

test.skipIf(!hasEngine)(
  'kill -9 in the middle of a pass: no check is lost, none is made twice, nothing is told twice',
  { timeout: 300_000 },
  async () => {
    const stacks = await appliedStacks();
    const drifting = stacks.names.slice(0, DRIFTED);
    for (const name of drifting) await pushState(name, changed(stacks.stateOf(name)));
    const asked = new Set<string>();
    for (const waitMs of [300, 900]) {
      const body = JSON.stringify({});
      const headers = { 'content-type': 'application/json' };
      const answer = await instance.ask('/api/v1/drift/checks', { method: 'POST', headers, body });
      const { runs } = (await answer.json()) as { runs: { id: string }[] };
      expect(runs).toHaveLength(STACKS);
      for (const { id } of runs) asked.add(id);
      await new Promise((resolve) => setTimeout(resolve, waitMs));
      const server = instance.programs.at(-1);
      server?.signal('SIGKILL');
      await server?.ended;
      await instance.start('up');
      await until(
        async () => ((await checks()).every(({ finished_at }) => finished_at !== null) ? true : null),
        120_000,
      );
    }
    expect((await checks()).map(({ id }) => id).sort()).toEqual([...asked].sort());
    expect((await checks()).filter(({ status }) => !['unchanged', 'planned'].includes(status))).toEqual([]);
    expect((await report()).totals).toMatchObject({ drifted: DRIFTED, in_sync: STACKS - DRIFTED });
    await until(() => told().length >= DRIFTED || null);
    // The third of eight stacks is a burst: one message for whatever follows, and the first two alone.
    const single = told().filter((line) => line.startsWith('drift.found'));
    expect(single).toHaveLength(2);
    expect(told().filter((line) => line.startsWith('instance.notice'))).toHaveLength(1);
    expect(told()).toHaveLength(3);
    expect(await instance.stop()).toEqual([]);
  },
);

async function checks() {
  return (await instance.runs()).filter(({ kind }) => kind === 'drift');
}
