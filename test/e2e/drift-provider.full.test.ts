import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { DriftReport } from '../../src/api/contract.ts';
import { type ChannelServer, startChannelServer } from '../support/channel-server.ts';
import { makeRepository } from '../support/git-repository.ts';
import type { WebhookBody } from '../support/instance/channel-check.ts';
import { TestInstance } from '../support/instance/test-instance.ts';
import { until } from '../support/until.ts';

/** What `test/support/real/build providers` prints. */
const mirror = process.env.HOLDFAST_TEST_MIRROR ?? '';
const MINUTE = 60_000;

let instance: TestInstance;
let channel: ChannelServer;
beforeEach(async () => {
  [instance, channel] = await Promise.all([TestInstance.make(), startChannelServer()]);
});
afterEach(async () => {
  await channel.close();
  await instance.remove();
});

const bodies = () => channel.received.map(({ json }) => json as unknown as WebhookBody);
const told = (stack: string) => bodies().filter((body) => body.stack === stack && body.type.startsWith('drift.'));
const reports = () => bodies().filter(({ type }) => type === 'drift.report');
const fileOf = (stack: string) => join(instance.dir, `${stack}.txt`);
const stackOf = (stack: string) => `terraform {
  required_providers {
    local = { source = "hashicorp/local" }
  }
}
resource "local_file" "note" {
  filename = "${fileOf(stack)}"
  content  = "as applied"
}
`;

test.skipIf(mirror === '')(
  'with a real provider (needs HOLDFAST_TEST_MIRROR): found within an interval, told once, put right by itself where it may be, reported at its minute',
  { timeout: 600_000 },
  async () => {
    const repository = makeRepository(join(instance.dir, 'infra'));
    const holdfast = {
      version: 1,
      stacks: [
        { name: 'told', dir: 'told', drift: { every: '1m' } },
        { name: 'healed', dir: 'healed', drift: { every: '1m', remediate: true } },
      ],
    };
    const files = { 'told/main.tf': stackOf('told'), 'healed/main.tf': stackOf('healed') };
    const commit = repository.commit({ ...files, 'holdfast.yaml': JSON.stringify(holdfast) });
    instance.configure({
      repositories: [{ name: 'infra', url: repository.dir, poll_interval: '1s' }],
      channels: [{ name: 'hook', type: 'webhook', url: `${channel.url}/hook` }],
      providers: { mirror },
      drift: { every: '1h', report: { schedule: '* * * * *', timezone: 'Europe/Berlin' } },
    });
    await instance.start('up');
    const plans = await instance.settled(commit, 2);
    for (const { id } of plans) expect((await instance.cli('approve', id, '--wait')).exit).toBe(0);
    await until(() => reports().length > 0 || null, 2 * MINUTE);
    expect(reports()[0]?.text).toContain('drift report');

    const changedAt = Date.now();
    for (const stack of ['told', 'healed']) writeFileSync(fileOf(stack), 'by hand');
    await until(() => told('told').length > 0 || null, 2 * MINUTE);
    // An interval, its jitter, and the check itself on a busy machine.
    expect(Date.now() - changedAt).toBeLessThan(MINUTE + 30_000);
    expect(told('told')[0]).toMatchObject({ type: 'drift.found', text: expect.stringContaining('local_file.note') });
    const shown = DriftReport.parse(await (await instance.ask('/api/v1/drift/report')).json());
    expect(shown.stacks.find(({ name }) => name === 'told')?.findings).toMatchObject([
      {
        address: 'local_file.note',
        action: 'delete',
        attributes: expect.arrayContaining([{ path: 'content', before: 'as applied', after: null }]),
      },
    ]);

    // The other one is planned, applied and checked again without anybody.
    await until(() => told('healed').length === 2 || null, 3 * MINUTE);
    expect(told('healed').map(({ type }) => type)).toEqual(['drift.found', 'drift.cleared']);
    expect(readFileSync(fileOf('healed'), 'utf8')).toBe('as applied');
    const healing = (await instance.runs()).filter(
      ({ stack, trigger, kind }) => stack === 'healed' && trigger === 'drift' && kind === 'plan',
    );
    expect(healing).toMatchObject([{ status: 'applied', approved_by: 'system:drift' }]);

    // Two more passes say nothing of what is known.
    const passes = async () =>
      (await instance.runs()).filter(({ stack, kind }) => stack === 'told' && kind === 'drift').length;
    const before = await passes();
    await until(async () => (await passes()) >= before + 2 || null, 4 * MINUTE);
    expect(told('told')).toHaveLength(1);
    rmSync(fileOf('told'));
    writeFileSync(fileOf('told'), 'as applied');
    await until(() => told('told').length > 1 || null, 2 * MINUTE);
    expect(told('told').map(({ type }) => type)).toEqual(['drift.found', 'drift.cleared']);

    const seen = reports().length;
    await until(() => reports().length > seen || null, 2 * MINUTE);
    expect(reports().at(-1)?.summary).toMatchObject({ stacks: 2, in_sync: 2, drifted: 0 });
    expect(new Set(reports().map(({ id }) => id)).size).toBe(reports().length);
    expect(existsSync(fileOf('told'))).toBe(true);
    expect(await instance.stop()).toEqual([]);
  },
);
