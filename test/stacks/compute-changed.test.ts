import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, expect, it } from 'vitest';
import { computeChanged } from '../../src/features/changes/index.ts';
import { systemClock } from '../../src/kernel/clock.ts';
import type { GitObjects } from '../../src/platform/git/git-objects.ts';
import { openGitObjects } from '../../src/platform/git/local-objects.ts';
import { prepareGitHome } from '../../src/platform/git/remote-files.ts';
import { makeRepository, makeTempDir, type TestRepository } from '../support/git-repository.ts';
import { makeStackLab, readTestConfig, showReason } from '../support/stack-fixtures.ts';

const lab = makeStackLab();
afterAll(() => lab.close());

let temp: ReturnType<typeof makeTempDir>;
let repo: TestRepository;
let objects: GitObjects;
beforeEach(async () => {
  temp = makeTempDir('hf-changed-');
  repo = makeRepository(join(temp.dir, 'repo'));
  const home = join(temp.dir, 'home');
  await prepareGitHome(home);
  objects = openGitObjects({ tool: { binary: 'git', hostEnv: process.env, home }, dir: repo.dir, clock: systemClock });
});
afterEach(async () => {
  await objects.close();
  temp.remove();
});

const PLAIN = 'resource "terraform_data" "a" {}\n';
const CALL = 'module "net" {\n  source = "../modules/net"\n}\n';
const FILES = { 'a/main.tf': CALL, 'b c/main.tf': PLAIN, 'modules/net/main.tf': PLAIN };

async function changed(base: string, head: string) {
  const answer = await computeChanged({
    objects,
    base,
    head,
    facts: lab.facts,
    readConfig: readTestConfig,
    options: lab.options,
  });
  return { ...answer, shown: answer.stacks.map((stack) => [stack.name, ...stack.reasons.map(showReason)]) };
}

it('names every stack a range touches, with revisions as a person writes them', async () => {
  const base = repo.commit(FILES);
  const head = repo.commit({ 'modules/net/x.tf': PLAIN, 'd/main.tf': PLAIN, 'b c/notes.md': 'x' });
  const answer = await changed('HEAD~1', 'main');
  expect(answer).toMatchObject({ base, head, warnings: [] });
  expect(answer.shown).toEqual([
    ['a', 'module modules/net/x.tf (modules/net)'],
    ['d', 'added d', 'file d/main.tf'],
  ]);
  expect((await changed(head, head)).shown).toEqual([]);
});

it('compares with the merge base where the base is no ancestor', async () => {
  const fork = repo.commit(FILES);
  repo.git('checkout', '-q', '-b', 'side');
  const side = repo.commit({ 'a/main.tf': `${CALL}#\n` });
  repo.git('checkout', '-q', 'main');
  repo.commit({ 'b c/main.tf': `${PLAIN}#\n` });
  const answer = await changed('main', side);
  expect(answer.base).toBe(fork);
  expect(answer.shown).toEqual([['a', 'file a/main.tf']]);
});

it('counts both ends of a rename, and a mode', async () => {
  repo.commit(FILES);
  repo.git('mv', 'a/main.tf', 'b c/moved.tf');
  repo.commit({ 'a/other.tf': PLAIN });
  expect((await changed('HEAD~1', 'HEAD')).shown).toEqual([
    ['a', 'file a/main.tf', 'file a/other.tf'],
    ['b c', 'file b c/moved.tf'],
  ]);
});

it('refuses a revision that is none, and a broken holdfast.yaml at the head; one at the base does not matter', async () => {
  repo.commit({ ...FILES, 'holdfast.yaml': 'stacks: 1\n' });
  await expect(changed('nowhere', 'HEAD')).rejects.toMatchObject({
    code: 'invalid',
    message: expect.stringContaining('"nowhere"'),
  });
  await expect(changed('HEAD', 'HEAD')).rejects.toMatchObject({ code: 'invalid' });
  repo.commit({ 'holdfast.yaml': 'version: 1\n', 'a/main.tf': `${CALL}#\n` });
  expect((await changed('HEAD~1', 'HEAD')).shown).toEqual([['a', 'file a/main.tf']]);
});

it('warns of what cannot be planned and goes on', async () => {
  repo.commit(FILES);
  repo.commit({ 'a/main.tf': 'x {\n', 'b c/main.tf': `${PLAIN}#\n` });
  const answer = await changed('HEAD~1', 'HEAD');
  expect(answer.stacks.map(({ name }) => name)).toEqual(['a', 'b c']);
  expect(answer.warnings).toEqual([expect.stringMatching(/^stack "a" cannot be planned: a\/main\.tf:1: Unclosed/)]);
});
