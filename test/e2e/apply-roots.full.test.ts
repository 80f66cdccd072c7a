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
});
