import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { execaSync } from 'execa';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { DriftReport } from '../../src/api/contract.ts';
import { cliConfigText } from '../../workers/steps/cli-config.ts';
import { type ChannelServer, startChannelServer } from '../support/channel-server.ts';
import { awsProvider } from '../support/drift-lab.ts';
import { makeRepository } from '../support/git-repository.ts';
import type { WebhookBody } from '../support/instance/channel-check.ts';
import { TestInstance } from '../support/instance/test-instance.ts';
import { type S3Server, startS3Server } from '../support/s3-server.ts';
import { until } from '../support/until.ts';

/** What `test/support/real/build fixtures` prints. */
const { HOLDFAST_TEST_MIRROR: mirror = '', HOLDFAST_TEST_S3: binary = '' } = process.env;
const MINUTE = 60_000;
const BUCKET = 'settings';

let instance: TestInstance;
let channel: ChannelServer;
let s3: S3Server;
beforeEach(async () => {
  [instance, channel] = await Promise.all([TestInstance.make(), startChannelServer()]);
});
afterEach(async () => {
  await channel.close();
  await s3?.stop();
  await instance.remove();
});

const told = () =>
  channel.received
    .map(({ json }) => json as unknown as WebhookBody)
    .filter(({ type }) => type.startsWith('drift.') && type !== 'drift.report');
const objectOf = (type: string) => `terraform {
  required_providers {
    aws = { source = "hashicorp/aws" }
  }
}
${awsProvider(s3.url)}
resource "aws_s3_bucket_object" "config" {
  bucket       = "${BUCKET}"
  key          = "config.json"
  content      = "{}"
  content_type = "${type}"
}
`;

/** Somebody else's terraform writes the same object. */
function changeOutside(type: string): void {
  const dir = join(instance.dir, 'somebody', type.replace('/', '-'));
  mkdirSync(dir, { recursive: true });
  writeFileSync(join(dir, 'cli.tfrc'), cliConfigText(mirror));
  writeFileSync(join(dir, 'main.tf'), objectOf(type));
  const { PATH = '' } = process.env;
  const env = { PATH, HOME: dir, TF_CLI_CONFIG_FILE: join(dir, 'cli.tfrc'), CHECKPOINT_DISABLE: '1' };
  for (const words of [['init'], ['apply', '-auto-approve']]) {
    execaSync('terraform', [...words, '-no-color'], { cwd: dir, env, extendEnv: false });
  }
}

test.skipIf(mirror === '' || binary === '')(
  'a change in place behind a real provider (needs HOLDFAST_TEST_MIRROR and HOLDFAST_TEST_S3): before and after, told once, cleared once',
  { timeout: 600_000 },
  async () => {
    s3 = await startS3Server(binary);
    s3.makeBucket(BUCKET);
    const repository = makeRepository(join(instance.dir, 'infra'));
    const holdfast = { version: 1, stacks: [{ name: 'settings', dir: 'settings', drift: { every: '1m' } }] };
    const files = { 'settings/main.tf': objectOf('application/json'), 'holdfast.yaml': JSON.stringify(holdfast) };
    const commit = repository.commit(files);
    instance.configure({
      repositories: [{ name: 'infra', url: repository.dir, poll_interval: '1s' }],
      channels: [{ name: 'hook', type: 'webhook', url: `${channel.url}/hook` }],
      providers: { mirror },
    });
    await instance.start('up');
    const [plan] = await instance.settled(commit, 1);
    expect((await instance.cli('approve', plan?.id ?? '', '--wait')).exit).toBe(0);

    changeOutside('text/plain');
    await until(() => told().length > 0 || null, 3 * MINUTE);
    expect(told()).toMatchObject([{ type: 'drift.found', stack: 'settings' }]);
    const findings = async () => {
      const report = DriftReport.parse(await (await instance.ask('/api/v1/drift/report')).json());
      return report.stacks.find(({ name }) => name === 'settings')?.findings ?? [];
    };
    const found = await findings();
    expect(found).toMatchObject([{ address: 'aws_s3_bucket_object.config', action: 'update' }]);
    expect(found[0]?.attributes).toContainEqual({
      path: 'content_type',
      before: 'application/json',
      after: 'text/plain',
    });

    const checks = async () => (await instance.runs()).filter(({ kind }) => kind === 'drift').length;
    const before = await checks();
    await until(async () => (await checks()) > before || null, 3 * MINUTE);
    expect(told()).toHaveLength(1);

    changeOutside('application/json');
    await until(() => told().length > 1 || null, 3 * MINUTE);
    expect(told().map(({ type }) => type)).toEqual(['drift.found', 'drift.cleared']);
    expect(await findings()).toEqual([]);
    expect(await instance.stop()).toEqual([]);
  },
);
