import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type ChannelServer, startChannelServer } from '../support/channel-server.ts';
import { hasBinary } from '../support/engine.ts';
import { makeRepository, type TestRepository } from '../support/git-repository.ts';
import { TestInstance } from '../support/instance/test-instance.ts';
import { until } from '../support/until.ts';

const needs = hasBinary('terraform');
const title = `an app in any language${needs ? '' : ' (skipped: terraform is not on PATH)'}`;
const HOLDFAST = 'version: 1\nstacks:\n  - {name: infra, dir: app, cdktf: {command: sh synth.sh}}\n';

// biome-ignore lint/suspicious/noTemplateCurlyInString: an expression of Terraform.
const IMPOSSIBLE = '${terraform_data.zone-a.input == "b"}';

/** A program that writes what cdktf would, with one stack `net` of these resources; first it calls a program of the machine. */
function script(resources: Readonly<Record<string, object>>): string {
  const block = (name: string, body: object) => ({
    '//': { metadata: { path: `net/${name}`, uniqueId: name } },
    ...body,
  });
  const stack = {
    '//': { metadata: { version: '0.21.0', stackName: 'net' } },
    resource: {
      terraform_data: Object.fromEntries(Object.entries(resources).map(([name, body]) => [name, block(name, body)])),
    },
  };
  const net = {
    name: 'net',
    constructPath: 'net',
    workingDirectory: 'stacks/net',
    synthesizedStackPath: 'stacks/net/cdk.tf.json',
    dependencies: [],
    annotations: [],
  };
  const put = (path: string, value: object) => `cat > "$CDKTF_OUTDIR/${path}" <<'END'\n${JSON.stringify(value)}\nEND\n`;
  const manifest = { version: '0.21.0', stacks: { net } };
  return `set -e\nzones-of-the-day\nmkdir -p "$CDKTF_OUTDIR/stacks/net"\n${put('stacks/net/cdk.tf.json', stack)}${put('manifest.json', manifest)}`;
}

let instance: TestInstance;
let repository: TestRepository;
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

const told = (type: string, part: string) =>
  until(
    async () =>
      channel.received
        .filter(({ json }) => json.type === type)
        .map(({ json }) => String(json.text))
        .find((text) => text.includes(part)) ?? null,
    120_000,
  ).catch((error) => {
    const texts = channel.received.map(({ json }) => `${json.type}: ${json.text}`);
    throw new Error(`${error.message}\n${texts.join('\n')}\n${instance.log().slice(-4000)}`);
  });
const failedApp = () =>
  until(async () => {
    const { stdout } = await instance.cli('stacks', '--json');
    const { apps } = JSON.parse(stdout || '{"apps":[]}') as { apps: { status: string; since: string }[] };
    return apps.find(({ status }) => status === 'failed') ?? null;
  }, 60_000);

describe.skipIf(!needs)(title, { timeout: 240_000 }, () => {
  test('fails, is shown with the reason and since when, is tried again by hand; people hear of constructs', async () => {
    const tools = join(instance.dir, 'tools');
    mkdirSync(tools);
    instance.path = `${tools}:${instance.path}`;
    repository.commit({ 'app/synth.sh': script({ 'zone-a': { input: 'a' } }), 'holdfast.yaml': HOLDFAST });
    instance.configure({
      repositories: [{ name: 'infra', url: repository.dir, poll_interval: '1s' }],
      channels: [{ name: 'hook', type: 'webhook', url: channel.url }],
    });
    await instance.start('up');
    expect(await failedApp()).toMatchObject({
      name: 'infra',
      error: expect.stringContaining('zones-of-the-day'),
      since: expect.stringMatching(/^\d{4}-/),
      commit: repository.head(),
    });
    const text = (await instance.cli('stacks')).stdout;
    expect(text).toMatch(/^No stacks yet\.\n! CDKTF app infra could not be synthesised \(.*, at [0-9a-f]{8}\)/);
    expect(text).toContain('holdfast retry infra');
    await told('instance.notice', 'CDKTF app infra could not be synthesised');
    expect((await instance.cli('retry', 'infra', '--wait')).exit).toBe(1);

    writeFileSync(join(tools, 'zones-of-the-day'), '#!/bin/sh\nexit 0\n');
    chmodSync(join(tools, 'zones-of-the-day'), 0o755);
    const retried = await instance.cli('retry', 'infra', '--wait', '--json');
    expect([retried.exit, JSON.parse(retried.stdout)]).toMatchObject([0, { name: 'infra', status: 'done' }]);
    expect(await told('plan.ready', 'infra/net')).toContain('construct net/zone-a');
    expect((await instance.stacks())[0]).toMatchObject({ name: 'infra/net', app: { name: 'infra', status: 'done' } });
    expect((await instance.cli('retry', 'infra')).exit).toBe(1);

    const refused = { input: 'b', lifecycle: { precondition: [{ condition: IMPOSSIBLE, error_message: 'no room' }] } };
    repository.commit({ 'app/synth.sh': script({ 'zone-a': { input: 'a' }, 'zone-b': refused }) });
    expect(await told('plan.failed', 'no room')).toContain('Construct: net/zone-b');
    const failed = (await instance.runs()).find(({ status }) => status === 'failed');
    expect((await instance.cli('run', failed?.id ?? '')).stdout).toContain('Construct: net/zone-b');
  });
});
