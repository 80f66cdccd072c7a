import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { makeRepository, type TestRepository } from '../support/git-repository.ts';
import { resource } from '../support/instance/stack-files.ts';
import { TestInstance } from '../support/instance/test-instance.ts';
import { npmEnvironment } from '../support/synth-lab.ts';
import { until } from '../support/until.ts';

const TIMEOUT = 240_000;
const EXAMPLE = resolve(import.meta.dirname, '../../stacks/cdktf');
const read = (name: string) => readFileSync(join(EXAMPLE, name), 'utf8');
const APP = Object.fromEntries(
  ['main.ts', 'cdktf.json', 'package.json', 'package-lock.json'].map((name) => [name, read(name)]),
);
const at = (dir: string, files: Record<string, string>) =>
  Object.fromEntries(Object.entries(files).map(([name, text]) => [`${dir}/${name}`, text]));

let instance: TestInstance;
let repository: TestRepository;
beforeEach(async () => {
  instance = await TestInstance.make();
  repository = makeRepository(join(instance.dir, 'infra'));
});
afterEach(() => instance.remove());

function watch(): void {
  instance.configure({
    repositories: [{ name: 'infra', url: repository.dir, poll_interval: '1s' }],
    environment: [{ stacks: ['**'], phase: 'init', values: npmEnvironment() }],
  });
}

const planned = (stack: string) =>
  until(async () => {
    const run = (await instance.runsOrNull())?.find((item) => item.stack === stack);
    return run && ['awaiting_approval', 'failed', 'unchanged'].includes(run.status) ? run : null;
  }, 120_000).catch((error) => {
    throw new Error(`${error.message}\n${instance.log().slice(-8000)}`);
  });

test('a CDKTF app is synthesised on a worker; its stacks are planned, and only what changed is planned again', {
  timeout: TIMEOUT,
}, async () => {
  watch();
  repository.commit({ ...at('platform', APP), 'plain/main.tf': resource('own') });
  await instance.start('up');
  expect(await planned('plain')).toMatchObject({ status: 'awaiting_approval' });
  const network = await planned('platform/network');
  expect(network).toMatchObject({ status: 'awaiting_approval', summary: { add: 3 } });
  const whole = await instance.run(network.id);
  expect(whole.changes?.map(({ address, construct }) => [address, construct])).toContainEqual([
    'terraform_data.zone-a',
    'network/zone-a',
  ]);
  const stacks = await instance.stacks();
  expect(stacks.map(({ name }) => name)).toEqual(['plain', 'platform/cluster', 'platform/network']);
  expect(stacks[1]).toMatchObject({ depends_on: ['platform/network'], dir: 'platform/cdktf.out/stacks/cluster' });

  const approved = await instance.cli('approve', network.id, '--wait', '--json');
  expect(approved.exit).toBe(0);
  expect(await instance.run(network.id)).toMatchObject({ status: 'applied', end: 'applied' });
  expect(await planned('platform/cluster')).toMatchObject({ status: 'awaiting_approval', summary: { add: 1 } });

  const before = (await instance.runs()).length;
  const changed = repository.commit({ 'platform/main.ts': read('main.ts').replace("'nodes-3'", "'nodes-4'") });
  await until(async () =>
    (await instance.runs()).find((run) => run.commit === changed && run.stack === 'platform/cluster'),
  );
  const broken = repository.commit({
    'platform/main.ts': `throw new Error('no network today');\n`,
    'plain/main.tf': resource('own', 'b'),
  });
  await instance.settled(broken, 1);
  const doctor = await until(async () => {
    const { stdout } = await instance.cli('doctor', '--json');
    const { checks } = JSON.parse(stdout) as { checks: { detail: string }[] };
    return checks.find(({ detail }) => detail.includes('no network today'));
  }, 60_000);
  expect(doctor.detail).toContain('platform/main.ts:1: Error: no network today');
  const after = await instance.runs();
  expect(after.length).toBe(before + 2);
  expect((await instance.stacks()).map(({ name }) => name)).toEqual(['plain', 'platform/cluster', 'platform/network']);
  expect(await instance.stop()).toEqual([]);
});
