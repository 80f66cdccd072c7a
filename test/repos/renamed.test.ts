import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Database } from '../../src/platform/db/open-database.ts';
import { makeRepository, makeTempDir, type TestRepository } from '../support/git-repository.ts';
import { saveStack } from '../support/run-fixtures.ts';
import { openTestDatabase, openWatching, watched } from '../support/watching.ts';

let temp: ReturnType<typeof makeTempDir>;
let repo: TestRepository;
let db: Database;

beforeEach(async () => {
  temp = makeTempDir('hf-renamed-');
  repo = makeRepository(join(temp.dir, 'src'));
  db = await openTestDatabase();
});
afterEach(async () => {
  await db.destroy();
  temp.remove();
});

/** An instance whose server.yaml has the repository under this name looks once; what it processed. */
async function look(name: string, kept?: string) {
  const instance = await openWatching({ dir: temp.dir, db, repositories: [watched(name, repo.dir)] });
  try {
    await instance.watcher.runOnce();
    if (kept) await instance.mirrors.keepCommit(name, kept);
    return instance.processed.map(({ repository, base, commit }) => [repository, base, commit]);
  } finally {
    await instance.stop();
  }
}

test('a repository with another name in server.yaml goes on where it was', { timeout: 60_000 }, async () => {
  const first = repo.commit({ a: '1' });
  expect(await look('infra', first)).toEqual([['infra', null, first]]);
  await saveStack(db, 'net', 'x');
  const second = repo.commit({ a: '2' });
  expect(await look('platform')).toEqual([['platform', first, second]]);
  const stacks = await db.selectFrom('stacks').select(['name', 'repository']).execute();
  expect(stacks).toEqual([{ name: 'net', repository: 'platform' }]);
  const repositories = await db.selectFrom('repositories').select('name').execute();
  expect(repositories).toEqual([{ name: 'platform' }]);
  expect(await look('platform')).toEqual([]);
});

test('its mirror comes along, with commits that were force-pushed away', { timeout: 60_000 }, async () => {
  const lost = repo.commit({ a: '1' });
  await look('infra', lost);
  repo.git('checkout', '-q', '--orphan', 'afresh');
  repo.commit({ b: '1' });
  repo.git('branch', '-q', '-M', 'main');
  const instance = await openWatching({ dir: temp.dir, db, repositories: [watched('platform', repo.dir)] });
  try {
    await instance.watcher.runOnce();
    expect(await (await instance.mirrors.of('platform')).commitInfo(lost)).toBeTruthy();
  } finally {
    await instance.stop();
  }
});
