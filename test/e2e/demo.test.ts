import { mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { TestInstance } from '../support/instance/test-instance.ts';
import { until } from '../support/until.ts';

const TIMEOUT = 180_000;
/** 10 s is the goal on a machine of its own. */
const FIRST_PLAN_MS = 30_000;

let instance: TestInstance;
let temp: string;
beforeEach(async () => {
  instance = await TestInstance.make();
  temp = join(instance.dir, 'temp');
  mkdirSync(temp);
  instance.env = { TMPDIR: temp };
});
afterEach(() => instance.remove());

function expectNothingLeft(): void {
  expect(instance.processes()).toEqual([]);
  // Node's own cache of compiled sources is everybody's.
  expect(readdirSync(temp).filter((name) => name !== 'node-compile-cache')).toEqual([]);
}

test('demo --once shows a plan within seconds, applies one, ends with a summary and leaves nothing', {
  timeout: TIMEOUT,
}, async () => {
  const [text, json] = await Promise.all([instance.cli('demo', '--once'), instance.cli('demo', '--once', '--json')]);
  expect({ exit: text.exit, stderr: text.stderr }).toEqual({ exit: 0, stderr: '' });
  expect(text.stdout).toMatch(/Done: first plan after .*messages in the channel/);
  expect(text.stdout).toMatch(/│ .*network.*\+/);
  expect({ exit: json.exit, stderr: json.stderr }).toEqual({ exit: 0, stderr: '' });
  expect(text.stdout).toMatch(/\$ holdfast approve \w+\n[\s\S]*│ 🟢 applied network: \+3/);
  expect(text.stdout).toMatch(/│ 🟠 drift network: 1 resource[\s\S]*10\.66\.0\.0\/16[\s\S]*1 drifted/);
  const report = JSON.parse(json.stdout);
  expect(report.drift).toMatchObject({ address: 'terraform_data.subnet["b"]', to: '10.66.0.0/16' });
  expect(report.first_plan_ms).toBeLessThan(FIRST_PLAN_MS);
  expect(report.commit).toMatch(/^[0-9a-f]{40}$/);
  expect(report.applied).toMatchObject({ status: 'applied', end: 'applied' });
  expect(report.messages.length).toBeGreaterThan(1);
  for (const stack of ['network', 'database', 'app']) expect(report.messages.join('\n')).toContain(stack);
  expectNothingLeft();
});

test('demo keeps running, can be looked at, and ends clean at SIGINT', { timeout: TIMEOUT }, async () => {
  const demo = instance.spawn('demo');
  const config = await until(() => /HOLDFAST_CONFIG=(\S+)/.exec(demo.stdout())?.[1], TIMEOUT);
  const stacks = await instance.cli('stacks', '--config', config, '--json');
  expect(JSON.parse(stacks.stdout).stacks).toHaveLength(3);
  demo.signal('SIGINT');
  expect(await demo.ended).toBe(0);
  expectNothingLeft();
});

test('demo ends clean at a SIGINT in the middle of its first plans', { timeout: TIMEOUT }, async () => {
  const demo = instance.spawn('demo');
  await until(() => instance.processes().some(({ command }) => /terraform (init|plan)/.test(command)) || null);
  demo.signal('SIGINT');
  expect(await demo.ended).toBe(0);
  expectNothingLeft();
});
