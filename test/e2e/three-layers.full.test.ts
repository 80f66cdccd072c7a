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
const title = `three layers through a whole instance${needs ? '' : ' (skipped: terraform is not on PATH)'}`;

beforeEach(async () => {
  instance = await TestInstance.make();
  repository = makeRepository(join(instance.dir, 'infra'));
});
afterEach(() => instance.remove());

const LONG = 120_000;
const PASSWORD = 'correct-horse-battery-staple';

const network = (vpc: string) => `resource "terraform_data" "vpc" {
  input = "${vpc}"
}
output "vpc_id" {
  value = terraform_data.vpc.output
}
output "password" {
  value     = "${PASSWORD}"
  sensitive = true
}
output "nobody_reads_this" {
  value = "${vpc.length}"
}
`;

const LAYERS = {
  'network/main.tf': network('vpc-1'),
  'cluster/main.tf': `variable "vpc" { type = string }
variable "password" { type = string }
resource "terraform_data" "cluster" {
  input = "cluster in \${var.vpc}"
  triggers_replace = var.password
}
output "endpoint" {
  value = terraform_data.cluster.output
}
`,
  'apps/main.tf': `variable "endpoint" { type = string }
resource "terraform_data" "app" {
  input = var.endpoint
}
`,
  'holdfast.yaml': `version: 1
stacks:
  - dir: network
  - dir: cluster
    inputs: {vpc: {stack: network, output: vpc_id}, password: {stack: network, output: password}}
  - dir: apps
    inputs: {endpoint: {stack: cluster, output: endpoint}}
`,
};

/** The newest run of the stack that satisfies what is asked. */
function runOf(stack: string, is: (run: RunListItem) => boolean): Promise<Run> {
  const look = async () => {
    const run = (await instance.runsOrNull())?.find((one) => one.stack === stack && is(one));
    return run ? instance.run(run.id) : null;
  };
  return until(look, LONG).catch(async (error: Error) => {
    const all = (await instance.runs()).map(
      (run) => `${run.stack} ${run.kind} ${run.status} ${run.reason} ${JSON.stringify(run.error)}`,
    );
    throw new Error(`${stack}: ${error.message}\n${all.join('\n')}\n${instance.log().slice(-4000)}`);
  });
}

const waiting = (stack: string, kind = 'plan') =>
  runOf(stack, (run) => run.status === 'awaiting_approval' && run.kind === kind);

async function apply({ id }: { id: string }): Promise<void> {
  const done = await instance.cli('approve', id, '--wait', '--json');
  expect(done.exit, done.stdout + done.stderr).toBe(0);
}

const attribute = (run: Run, path: string) =>
  run.changes.flatMap((change) => change.attributes).find((one) => one.path === path);

describe.skipIf(!needs)(title, { timeout: 300_000 }, () => {
  test('one push, one approval a layer, outputs handed on; a changed output plans its readers again; then the middle goes', async () => {
    repository.commit(LAYERS);
    instance.configure({ repositories: [{ name: 'infra', url: repository.dir, poll_interval: '1s' }] });
    await instance.start('up');

    const first = await waiting('network');
    const cluster = await runOf('cluster', () => true);
    expect(cluster).toMatchObject({ status: 'queued', waiting_for: [{ kind: 'dependency', name: 'network' }] });
    const apps = await runOf('apps', () => true);
    expect(apps.waiting_for.map(({ name }) => name)).toEqual(['cluster', 'network']);
    await apply(first);

    const second = await waiting('cluster');
    expect(attribute(second, 'input')?.after).toContain('cluster in vpc-1');
    expect(second.provisional).toBe(false);
    expect(JSON.stringify(second)).not.toContain(PASSWORD);
    const log = await (await instance.ask(`/api/v1/runs/${second.id}/log`)).text();
    expect(log).not.toContain(PASSWORD);
    expect((await instance.run(apps.id)).status).toBe('queued');
    await apply(second);
    const third = await waiting('apps');
    expect(attribute(third, 'input')?.after).toContain('cluster in vpc-1');
    await apply(third);

    // An output that somebody reads: its reader is planned again; one that nobody reads moves nobody.
    repository.commit({ 'network/main.tf': network('vpc-22') });
    await apply(await waiting('network'));
    const again = await runOf('cluster', (run) => run.trigger === 'dependency' && run.status === 'awaiting_approval');
    expect(again.reasons).toEqual([
      { kind: 'dependency', path: 'network', via: [expect.stringMatching(/^output vpc_id changed with run \w+$/)] },
    ]);
    expect(attribute(again, 'input')?.after).toContain('vpc-22');
    await apply(again);
    const follow = await runOf('apps', (run) => run.trigger === 'dependency' && run.status === 'awaiting_approval');
    await apply(follow);
    expect((await instance.runs()).filter((run) => run.trigger === 'dependency').map((run) => run.stack)).toEqual([
      'apps',
      'cluster',
    ]);

    // The middle layer goes.
    const middle = LAYERS['holdfast.yaml'].replace(/ {2}- dir: cluster\n.*\n/, '');
    repository.commit({ 'cluster/main.tf': null, 'holdfast.yaml': middle });
    const destroy = await waiting('cluster', 'destroy');
    expect(destroy).toMatchObject({ trigger: 'deletion', summary: { destroy: 1, add: 0 }, approved_by: null });
    expect(destroy.reason).toBe('`apps` depends on this stack');
    expect(destroy.commit).toBe(again.commit);
    const shown = await instance.cli('run', destroy.id);
    expect(shown.stdout.split('\n')[0]).toBe('cluster  destroy: awaiting approval');
    expect((await instance.stacks()).find(({ name }) => name === 'cluster')?.deleted_at).not.toBeNull();
    await apply(destroy);
    expect((await instance.stacks()).map(({ name }) => name)).toEqual(['apps', 'network']);

    // What it gave is missing now, and who misses it says so.
    const refused = await instance.cli('plan', 'apps', '--wait', '--json');
    expect(refused.exit).toBe(1);
    expect(refused.stdout).toContain('cluster');

    // What stands on it can still be destroyed, with what it was applied with.
    repository.commit({ 'apps/main.tf': null, 'holdfast.yaml': 'version: 1\nstacks:\n  - dir: network\n' });
    const last = await waiting('apps', 'destroy');
    expect(last).toMatchObject({ trigger: 'deletion', summary: { destroy: 1, add: 0 } });
    await apply(last);
    expect((await instance.stacks()).map(({ name }) => name)).toEqual(['network']);
  });

  test('destroyed by hand, at what was applied last; refreshed by hand, and nothing of a newer commit is applied', async () => {
    const head = repository.commit({ 'network/main.tf': network('vpc-1') });
    instance.configure({ repositories: [{ name: 'infra', url: repository.dir, poll_interval: '1s' }] });
    await instance.start('up');
    await apply(await waiting('network'));
    const refresh = await instance.cli('plan', 'network', '--refresh-only', '--wait', '--json');
    expect(refresh.exit, refresh.stderr).toBe(0);
    expect(JSON.parse(refresh.stdout)).toMatchObject({ kind: 'refresh', status: 'unchanged' });
    repository.commit({ 'network/main.tf': network('vpc-2') });
    const newer = await waiting('network');
    const destroy = await instance.cli('plan', 'network', '--destroy', '--wait', '--json');
    expect(destroy.exit, destroy.stderr).toBe(2);
    const run = JSON.parse(destroy.stdout) as Run;
    expect(run).toMatchObject({ kind: 'destroy', commit: head, status: 'awaiting_approval', summary: { destroy: 1 } });
    expect((await instance.run(newer.id)).status).toBe('superseded');
    expect((await instance.cli('plan', 'network', '--destroy', '--ref', 'main', '--json')).exit).toBe(1);
    await apply(run);
    const state = JSON.parse((await instance.cli('state', 'pull', 'network')).stdout) as { resources: unknown[] };
    expect(state.resources).toEqual([]);
    expect((await instance.stacks())[0]).toMatchObject({ name: 'network', applied_commit: null, deleted_at: null });
  });
});
