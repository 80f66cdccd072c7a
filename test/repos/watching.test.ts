import { renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { HoldfastError } from '../../src/kernel/errors.ts';
import type { Database } from '../../src/platform/db/open-database.ts';
import { makeRepository, makeTempDir, type TestRepository } from '../support/git-repository.ts';
import {
  openTestDatabase,
  openWatching,
  type WatchingInstance,
  type WatchingOptions,
  watched,
} from '../support/watching.ts';

let temp: ReturnType<typeof makeTempDir>;
let repo: TestRepository;
let db: Database;
let instances: WatchingInstance[];

beforeEach(async () => {
  temp = makeTempDir('hf-watch-');
  repo = makeRepository(join(temp.dir, 'src'));
  db = await openTestDatabase();
  instances = [];
});
afterEach(async () => {
  await Promise.all(instances.map((instance) => instance.stop()));
  await db.destroy();
  temp.remove();
});

async function open(more: Partial<WatchingOptions> = {}): Promise<WatchingInstance> {
  const instance = await openWatching({ dir: temp.dir, db, repositories: [watched('infra', repo.dir)], ...more });
  instances.push(instance);
  return instance;
}

const ranges = (instance: WatchingInstance) => instance.processed.map(({ base, commit }) => [base, commit]);
const row = async (instance: WatchingInstance) => (await instance.store.find('infra')) ?? expect.fail('no row');

test('the first head is processed without a base, later ones from the last processed head', async () => {
  const first = repo.commit({ a: '1' });
  const instance = await open();
  await instance.watcher.runOnce();
  repo.commit({ a: '2' });
  const third = repo.commit({ a: '3' });
  await instance.watcher.runOnce();
  await instance.watcher.runOnce();
  expect(ranges(instance)).toEqual([
    [null, first],
    [first, third],
  ]);
  expect(await row(instance)).toMatchObject({ status: 'ok', head_commit: third, processed_commit: third, error: null });
});

test('first_sight: ignore makes no runs of the first head, and plans from the second', async () => {
  repo.commit({ a: '1' });
  const instance = await open({ repositories: [watched('infra', repo.dir, { firstSight: 'ignore' })] });
  await instance.watcher.runOnce();
  repo.commit({ a: '2' });
  await instance.watcher.runOnce();
  expect(instance.processed.map((head) => head.makesRuns)).toEqual([false, true]);
});

test('a force-push, and a remote that goes back, are heads like any other', async () => {
  const first = repo.commit({ a: '1' });
  const second = repo.commit({ a: '2' });
  const instance = await open();
  await instance.watcher.runOnce();
  repo.git('reset', '-q', '--hard', first);
  await instance.watcher.runOnce();
  repo.git('commit', '-q', '--amend', '-m', 'rewritten');
  const rewritten = repo.head();
  await instance.watcher.runOnce();
  expect(ranges(instance)).toEqual([
    [null, second],
    [second, first],
    [first, rewritten],
  ]);
});

test('a base that was force-pushed away is still there to compare with', async () => {
  repo.commit({ a: '1' });
  const instance = await open();
  await instance.watcher.runOnce();
  repo.git('checkout', '-q', '--orphan', 'fresh');
  const fresh = repo.commit({ b: '1' });
  repo.git('branch', '-f', 'main', 'fresh');
  await instance.watcher.runOnce();
  const last = instance.processed.at(-1) ?? expect.fail();
  expect(last.commit).toBe(fresh);
  expect((await last.mirror.diff(last.base, last.commit)).length).toBeGreaterThan(0);
});

test('a mirror that was lost together with its base counts everything as new', async () => {
  const first = repo.commit({ a: '1' });
  await (await open()).watcher.runOnce();
  await instances[0]?.stop();
  rmSync(join(temp.dir, 'mirrors'), { recursive: true });
  repo.git('checkout', '-q', '--orphan', 'fresh');
  const fresh = repo.commit({ b: '1' });
  repo.git('branch', '-f', 'main', 'fresh');
  repo.git('checkout', '-q', 'main');
  repo.git('branch', '-D', 'fresh');
  repo.git('reflog', 'expire', '--expire=now', '--all');
  const instance = await open();
  await instance.watcher.runOnce();
  expect(first).not.toBe(fresh);
  expect(ranges(instance)).toEqual([[null, fresh]]);
});

test('a deleted or renamed branch plans nothing, is said, and goes on when it is back', async () => {
  const first = repo.commit({ a: '1' });
  const instance = await open();
  await instance.watcher.runOnce();
  repo.git('branch', '-m', 'main', 'trunk');
  await instance.watcher.runOnce();
  expect(await row(instance)).toMatchObject({ status: 'branch_missing', head_commit: first, processed_commit: first });
  expect((await row(instance)).error).toBe(
    'branch "main" is not there (there is trunk); push it again, or set `branch` in server.yaml',
  );
  repo.git('branch', '-m', 'trunk', 'main');
  const second = repo.commit({ a: '2' });
  await instance.watcher.runOnce();
  expect(ranges(instance).at(-1)).toEqual([first, second]);
  expect(await row(instance)).toMatchObject({ status: 'ok', error: null });
});

test('an empty repository waits for its first push', async () => {
  const instance = await open();
  await instance.watcher.runOnce();
  expect(await row(instance)).toMatchObject({ status: 'empty', head_commit: null });
  const first = repo.commit({ a: '1' });
  await instance.watcher.runOnce();
  expect(ranges(instance)).toEqual([[null, first]]);
});

test('a repository that is away is counted and said, and is back by itself', async () => {
  repo.commit({ a: '1' });
  const instance = await open();
  await instance.watcher.runOnce();
  renameSync(repo.dir, `${repo.dir}.away`);
  await instance.watcher.runOnce();
  await instance.watcher.runOnce();
  const away = await row(instance);
  expect(away).toMatchObject({ status: 'away', failures: 2 });
  expect(away.error).toContain(`${repo.dir} has no such repository`);
  renameSync(`${repo.dir}.away`, repo.dir);
  const second = repo.commit({ a: '2' });
  await instance.watcher.runOnce();
  expect(await row(instance)).toMatchObject({ status: 'ok', failures: 0, processed_commit: second });
});

test('a changed url is followed at the next start; a removed repository keeps its row and is left alone', async () => {
  const first = repo.commit({ a: '1' });
  await (await open()).watcher.runOnce();
  await instances[0]?.stop();
  const moved = makeRepository(join(temp.dir, 'moved'));
  moved.git('fetch', '-q', repo.dir, 'main');
  moved.git('reset', '-q', '--hard', 'FETCH_HEAD');
  const second = moved.commit({ a: '2' });
  const instance = await open({ repositories: [watched('infra', moved.dir)] });
  await instance.watcher.runOnce();
  expect(ranges(instance)).toEqual([[first, second]]);
  expect((await row(instance)).url).toBe(moved.dir);
  await instance.stop();
  const other = await open({ repositories: [] });
  await other.watcher.runOnce();
  expect(await row(other)).toMatchObject({ head_commit: second });
});

test('a head whose configuration is wrong is kept with its error; the next head is compared with the last good one', async () => {
  const first = repo.commit({ a: '1' });
  let isBroken = false;
  const beforeMark = () => {
    if (isBroken)
      throw new HoldfastError('invalid', 'holdfast.yaml:3:1: unknown key `stack`', {
        details: { diagnostics: [{ line: 3 }] },
      });
  };
  const instance = await open({ beforeMark });
  await instance.watcher.runOnce();
  isBroken = true;
  const second = repo.commit({ a: '2' });
  await instance.watcher.runOnce();
  await instance.watcher.runOnce();
  expect(await row(instance)).toMatchObject({
    head_commit: second,
    processed_commit: first,
    config_error: '[{"line":3}]',
  });
  expect((await instance.store.newestOpenHead('infra'))?.error).toContain('unknown key');
  expect(instance.processed).toHaveLength(2);
  isBroken = false;
  const third = repo.commit({ a: '3' });
  await instance.watcher.runOnce();
  expect(ranges(instance).at(-1)).toEqual([first, third]);
  expect(await row(instance)).toMatchObject({ config_error: null, processed_commit: third });
  expect(await instance.store.newestOpenHead('infra')).toBeNull();
});
