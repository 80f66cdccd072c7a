import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { hasBinary } from '../support/engine.ts';
import { makeRepository } from '../support/git-repository.ts';
import { made } from '../support/instance/apply-ends.ts';
import { TestInstance } from '../support/instance/test-instance.ts';
import { until } from '../support/until.ts';

const needs = hasBinary('terraform');
const title = `many workers, one root each${needs ? '' : ' (skipped: terraform is not on PATH)'}`;
const STACKS = ['a', 'b', 'c', 'd', 'e', 'f'];
let instance: TestInstance;
beforeEach(async () => {
  instance = await TestInstance.make();
});
afterEach(() => instance.remove());

describe.skipIf(!needs)(title, { timeout: 240_000 }, () => {
  test('an approval rings for the worker that has the files of its plan: no apply waits for a sweep', async () => {
    const repository = makeRepository(join(instance.dir, 'infra'));
    const head = repository.commit(Object.fromEntries(STACKS.map((name) => [`${name}/main.tf`, made('x')])));
    instance.configure({
      repositories: [{ name: 'infra', url: repository.dir }],
      workers: { count: 4, concurrency: 1 },
      timers: { lease: '30s', heartbeat: '500ms', sweep: '10m', drain: '5s' },
    });
    await instance.start('up');
    const plans = await instance.settled(head, STACKS.length);
    for (const { id } of plans) expect((await instance.cli('approve', id)).exit).toBe(0);
    const look = async () => ((await instance.runs()).every(({ status }) => status === 'applied') ? true : null);
    await until(look, 60_000, 100);
    expect(new Set(plans.map(({ worker }) => worker)).size).toBeGreaterThan(1);
  });

  test('one worker applies several stacks at once, in the places of plans that nobody wants', async () => {
    const repository = makeRepository(join(instance.dir, 'infra'));
    const file = (name: string) => join(instance.dir, name);
    const names = STACKS.slice(0, 3);
    const command = (name: string) => `touch '${file(name)}'; until [ -e '${file('go')}' ]; do sleep 0.05; done`;
    const head = repository.commit(
      Object.fromEntries(names.map((name) => [`${name}/main.tf`, made('x', { command: command(name) })])),
    );
    instance.configure({
      repositories: [{ name: 'infra', url: repository.dir }],
      workers: { count: 1, concurrency: 2 },
    });
    await instance.start('up');
    const plans = await instance.settled(head, names.length);
    for (const { id } of plans) expect((await instance.cli('approve', id)).exit).toBe(0);
    await until(async () => names.every((name) => existsSync(file(name))) || null, 60_000);
    writeFileSync(file('go'), '');
    await until(async () => (await instance.runs()).every(({ status }) => status === 'applied') || null, 60_000, 100);
  });
});
