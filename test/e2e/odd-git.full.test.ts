import { renameSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { RepositoryList } from '../../src/api/contract.ts';
import { makeRepository, type TestRepository } from '../support/git-repository.ts';
import { resource } from '../support/instance/stack-files.ts';
import { TestInstance } from '../support/instance/test-instance.ts';
import { until } from '../support/until.ts';

let instance: TestInstance;
let repository: TestRepository;
beforeEach(async () => {
  instance = await TestInstance.make();
  repository = makeRepository(join(instance.dir, 'infra'));
  const infra = { name: 'infra', url: repository.dir, poll_interval: '1s', first_sight: 'ignore' };
  instance.configure({ repositories: [infra] });
});
afterEach(() => instance.remove());

/** Waits until the repository is so; answers what is said of it. */
function becomes(status: string): Promise<string | null> {
  return until(async () => {
    const list = RepositoryList.parse(await (await instance.ask('/api/v1/repositories')).json());
    return list.repositories.find((row) => row.status === status);
  }, 60_000).then(({ error }) => error);
}

async function plannedAt(commit: string, count: number): Promise<string[]> {
  const runs = await instance.settled(commit, count);
  return runs.filter(({ status }) => status === 'awaiting_approval').map(({ stack }) => stack);
}

const own = (stack: string, input: string) => ({ [`${stack}/main.tf`]: resource('own', input) });

test('empty, force-pushed, without its branch, away and back: every head is planned once, nothing is made up', {
  timeout: 180_000,
}, async () => {
  await instance.start('up');
  await becomes('empty');
  repository.commit({ ...own('a', '1'), ...own('b', '1') });
  await becomes('ok');
  await until(async () => (await instance.stacks()).length === 2 || null);
  expect(await instance.runs()).toEqual([]);

  // Several commits in one push.
  repository.commit(own('b', '2'), 'one');
  const second = repository.commit(own('a', '2'), 'two');
  expect((await plannedAt(second, 2)).sort()).toEqual(['a', 'b']);

  // Force-pushed: `a` is as it was at first, `b` stays, `c` is new.
  repository.git('reset', '-q', '--hard', 'HEAD~1');
  const forced = repository.commit(own('c', '1'));
  expect((await plannedAt(forced, 2)).sort()).toEqual(['a', 'c']);
  expect((await instance.runs()).filter(({ status }) => status === 'superseded')).toMatchObject([
    { stack: 'a', commit: second },
  ]);

  repository.git('branch', '-m', 'main', 'elsewhere');
  expect(await becomes('branch_missing')).toContain('elsewhere');
  repository.git('branch', '-m', 'elsewhere', 'main');
  const back = repository.commit(own('a', '3'));
  expect(await plannedAt(back, 1)).toEqual(['a']);

  renameSync(repository.dir, `${repository.dir}-moved`);
  expect(await becomes('away')).toContain(repository.dir);
  const trouble = `${repository.dir} has no such repository`;
  const [doctor, stacks] = await Promise.all([instance.cli('doctor'), instance.cli('stacks')]);
  expect(doctor.stdout).toContain(trouble);
  expect(stacks).toMatchObject({ exit: 0, stdout: expect.stringContaining(`! a, b, c: ${trouble}`) });
  renameSync(`${repository.dir}-moved`, repository.dir);
  const last = repository.commit(own('b', '3'));
  expect(await plannedAt(last, 1)).toEqual(['b']);
  expect(await becomes('ok')).toBeNull();

  expect((await instance.stacks()).map(({ name }) => name)).toEqual(['a', 'b', 'c']);
  expect(await instance.runs()).toHaveLength(6);
  expect(await instance.stop()).toEqual([]);
});
