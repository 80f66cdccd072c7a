import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Run, RunListItem } from '../../src/api/contract.ts';
import { hasBinary } from '../support/engine.ts';
import { makeRepository } from '../support/git-repository.ts';
import { TestInstance } from '../support/instance/test-instance.ts';
import { until } from '../support/until.ts';

let instance: TestInstance;
let repository: ReturnType<typeof makeRepository>;
const needs = hasBinary('terraform');
const title = `inputs from a state that lies elsewhere${needs ? '' : ' (skipped: terraform is not on PATH)'}`;

beforeEach(async () => {
  instance = await TestInstance.make();
  repository = makeRepository(join(instance.dir, 'infra'));
});
afterEach(() => instance.remove());

const PASSWORD = 'correct-horse-battery-staple';
const network = (vpc: string) => `terraform {
  backend "local" {
    path = "${join(instance.dir, 'network.tfstate')}"
  }
}
resource "terraform_data" "vpc" {
  input = "${vpc}"
}
output "vpc_id" {
  value = terraform_data.vpc.output
}
output "password" {
  value     = "${PASSWORD}"
  sensitive = true
}
`;
const CLUSTER = `variable "vpc" { type = string }
variable "password" { type = string }
resource "terraform_data" "cluster" {
  input            = "cluster in \${var.vpc}"
  triggers_replace = var.password
}
`;
const YAML = `version: 1
stacks:
  - dir: network
  - dir: cluster
    inputs: {vpc: {stack: network, output: vpc_id}, password: {stack: network, output: password}}
`;

const runOf = (stack: string, is: (run: RunListItem) => boolean): Promise<Run> =>
  until(async () => {
    const run = (await instance.runsOrNull())?.find((one) => one.stack === stack && is(one));
    return run ? instance.run(run.id) : null;
  }, 90_000).catch(async (error: Error) => {
    const all = (await instance.runs()).map(
      (run) => `${run.stack} ${run.kind} ${run.status} ${JSON.stringify(run.error)}`,
    );
    throw new Error(`${stack}: ${error.message}\n${all.join('\n')}\n${instance.log().slice(-4000)}`);
  });

const waiting = (stack: string) => runOf(stack, ({ status }) => status === 'awaiting_approval');

async function apply({ id }: Run): Promise<void> {
  const done = await instance.cli('approve', id, '--wait', '--json');
  expect(done.exit, done.stdout + done.stderr).toBe(0);
}

describe.skipIf(!needs)(title, { timeout: 240_000 }, () => {
  test('are read by a run of their own, once for each plan, sealed and masked; a changed one plans its reader again', async () => {
    repository.commit({ 'network/main.tf': network('vpc-1'), 'cluster/main.tf': CLUSTER, 'holdfast.yaml': YAML });
    const allow = { local_state: true };
    instance.configure({ repositories: [{ name: 'infra', url: repository.dir, poll_interval: '1s', allow }] });
    await instance.start('up');
    await apply(await waiting('network'));

    const plan = await waiting('cluster');
    expect(plan.changes[0]?.attributes.find(({ path }) => path === 'input')?.after).toContain('cluster in vpc-1');
    expect(JSON.stringify(plan)).not.toContain(PASSWORD);
    const reading = await runOf('network', ({ kind }) => kind === 'refresh');
    expect(reading).toMatchObject({ status: 'unchanged', speculative: true, trigger: 'dependency', changes: [] });
    const log = await (await instance.ask(`/api/v1/runs/${reading.id}/log`)).text();
    expect(log).toContain('outputs of this stack were read');
    expect(log).not.toContain(PASSWORD);
    await apply(plan);

    repository.commit({ 'network/main.tf': network('vpc-2') });
    await apply(await waiting('network'));
    const again = await runOf('cluster', (run) => run.trigger === 'dependency' && run.status === 'awaiting_approval');
    expect(again.changes[0]?.attributes.find(({ path }) => path === 'input')?.after).toContain('cluster in vpc-2');
    expect((await instance.runs()).filter(({ kind }) => kind === 'refresh')).toHaveLength(2);

    // One that is not there.
    const missing = YAML.replace('vpc_id', 'nothing');
    repository.commit({ 'holdfast.yaml': missing });
    const failed = await runOf('cluster', ({ status }) => status === 'failed');
    expect(failed.error?.summary).toContain('its state has no such output');
  });
});
