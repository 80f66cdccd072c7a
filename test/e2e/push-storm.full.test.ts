import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { makeRepository } from '../support/git-repository.ts';
import { makeProbingEngine } from '../support/instance/probing-engine.ts';
import { resource } from '../support/instance/stack-files.ts';
import { TestInstance } from '../support/instance/test-instance.ts';
import { until } from '../support/until.ts';

const PUSHES = 100;
const MOVING = ['preparing', 'planning'];
const STACKS = ['a', 'b', 'c'];

test('a hundred pushes in a row cost at most one running and one queued plan per stack, and the newest is planned', {
  timeout: 300_000,
}, async () => {
  const instance = await TestInstance.make();
  const engine = makeProbingEngine(instance.dir, 0.5);
  instance.path = `${engine.bin}:${instance.path}`;
  try {
    const repository = makeRepository(join(instance.dir, 'infra'));
    const push = (input: string) => {
      const files = STACKS.map((stack) => [`${stack}/main.tf`, resource('own', input)]);
      return repository.commit({ ...Object.fromEntries(files), 'elsewhere/notes.txt': input });
    };
    let head = push('first');
    instance.configure({ repositories: [{ name: 'infra', url: repository.dir, poll_interval: '1s' }] });
    await instance.start('up');
    for (let nth = 0; nth < PUSHES; nth++) {
      head = push(`${nth}`);
      await sleep(200);
      for (const stack of STACKS) {
        const runs = (await instance.runs()).filter((run) => run.stack === stack);
        expect(runs.filter(({ status }) => status === 'queued').length).toBeLessThanOrEqual(1);
        expect(runs.filter(({ status }) => MOVING.includes(status)).length).toBeLessThanOrEqual(1);
        expect(runs.filter(({ status }) => status === 'awaiting_approval').length).toBeLessThanOrEqual(1);
      }
    }
    const waiting = await until(async () => {
      const runs = (await instance.runs()).filter(({ status }) => status === 'awaiting_approval');
      return runs.length === STACKS.length && runs.every(({ commit }) => commit === head) ? runs : null;
    }, 60_000);
    expect(waiting.map(({ stack }) => stack).sort()).toEqual(STACKS);
    const rest = (await instance.runs()).filter(({ status }) => status !== 'awaiting_approval');
    expect(rest.filter(({ status }) => status !== 'superseded')).toEqual([]);
    expect(engine.twice()).toEqual([]);
    expect(await instance.stop()).toEqual([]);
  } finally {
    await instance.remove();
  }
});
