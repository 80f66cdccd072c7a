import { renameSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type Clock, systemClock } from '../../src/kernel/clock.ts';
import type { Database } from '../../src/platform/db/open-database.ts';
import { makeRepository, makeTempDir, type TestRepository } from '../support/git-repository.ts';
import { until } from '../support/until.ts';
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

/** The real time, moved by hand. */
function movedClock(): { clock: Clock; forward(ms: number): void } {
  let ahead = 0;
  return {
    clock: { ...systemClock, now: () => systemClock.now() + ahead },
    forward: (ms) => {
      ahead += ms;
    },
  };
}

test('a crash before the head was processed loses no push: the next start processes it from the same base', async () => {
  const first = repo.commit({ a: '1' });
  const before = await open();
  await before.watcher.runOnce();
  const second = repo.commit({ a: '2' });
  const dying = await open({
    beforeMark: () => {
      throw new Error('killed');
    },
  });
  await dying.watcher.runOnce();
  await dying.stop();
  // The remote is away at the restart: the mirror and the rows are enough.
  renameSync(repo.dir, `${repo.dir}.away`);
  const after = await open();
  await after.watcher.runOnce();
  expect(ranges(after)).toEqual([[first, second]]);
  expect(await after.store.find('infra')).toMatchObject({ status: 'away', processed_commit: second });
});

test('a crash after the fetch and before the row loses no push', async () => {
  const first = repo.commit({ a: '1' });
  const before = await open();
  await before.watcher.runOnce();
  const second = repo.commit({ a: '2' });
  await (await before.mirrors.of('infra')).fetch();
  await before.stop();
  const after = await open();
  await after.watcher.runOnce();
  expect(ranges(after)).toEqual([[first, second]]);
});

test('of several heads that were seen and not processed only the newest is planned, and the others end with it', async () => {
  const first = repo.commit({ a: '1' });
  let isBroken = false;
  const beforeMark = () => {
    if (isBroken) throw new Error('no');
  };
  const instance = await open({ beforeMark });
  await instance.watcher.runOnce();
  isBroken = true;
  repo.commit({ a: '2' });
  await instance.watcher.runOnce();
  const third = repo.commit({ a: '3' });
  await instance.watcher.runOnce();
  isBroken = false;
  await instance.stop();
  const after = await open();
  await after.watcher.runOnce();
  expect(ranges(after)).toEqual([[first, third]]);
  const open_ = await db.selectFrom('heads').selectAll().where('processed_at', 'is', null).execute();
  expect(open_).toEqual([]);
});

test('a head that fails for a passing reason is tried again after its backoff, not before', async () => {
  repo.commit({ a: '1' });
  const { clock, forward } = movedClock();
  let failures = 2;
  const beforeMark = () => {
    if (failures-- > 0) throw new Error('passing');
  };
  const instance = await open({ clock, beforeMark });
  await instance.watcher.runOnce();
  await instance.watcher.runOnce();
  expect(instance.processed).toHaveLength(1);
  forward(1100);
  await instance.watcher.runOnce();
  forward(1100);
  await instance.watcher.runOnce();
  expect(instance.processed).toHaveLength(2);
  forward(1000);
  await instance.watcher.runOnce();
  expect(instance.processed).toHaveLength(3);
  expect(await instance.store.newestOpenHead('infra')).toBeNull();
});

test('started, it sees a push by its interval, and with a hint at once; ten thousand hints are one plan', async () => {
  repo.commit({ a: '1' });
  const instance = await open({ repositories: [watched('infra', repo.dir, { pollIntervalMs: 1000 })] });
  await instance.watcher.start();
  await until(() => instance.processed.length === 1 || null);
  const second = repo.commit({ a: '2' });
  await until(() => instance.processed.at(-1)?.commit === second || null);
  const third = repo.commit({ a: '3' });
  for (let i = 0; i < 10_000; i++) instance.watcher.hint('infra');
  await until(() => instance.processed.at(-1)?.commit === third || null);
  await instance.watcher.stop();
  expect(instance.processed).toHaveLength(3);
});

test('a hundred pushes in a row end with the newest one processed, never two at once', async () => {
  repo.commit({ a: '0' });
  let running = 0;
  const beforeMark = async () => {
    expect(++running).toBe(1);
    await new Promise((resolve) => setTimeout(resolve, 5));
    running--;
  };
  const instance = await open({ beforeMark });
  await instance.watcher.start();
  let last = '';
  for (let i = 1; i <= 100; i++) {
    last = repo.commit({ a: String(i) });
    instance.watcher.hint('infra');
  }
  await until(() => instance.processed.at(-1)?.commit === last || null);
  await instance.watcher.stop();
  const chain = ranges(instance);
  for (let i = 1; i < chain.length; i++) expect(chain[i]?.[0]).toBe(chain[i - 1]?.[1]);
});

test('a slow or dead repository does not hold up the others', async () => {
  const first = repo.commit({ a: '1' });
  const dead = Array.from({ length: 20 }, (_, i) => watched(`dead-${i}`, 'http://127.0.0.1:1/r'));
  const instance = await open({ repositories: [...dead, watched('infra', repo.dir)] });
  await instance.watcher.runOnce();
  expect(ranges(instance)).toEqual([[null, first]]);
  const rows = await instance.store.list();
  expect(rows.filter((row) => row.status === 'away')).toHaveLength(20);
});

test('a password in the URL reaches neither the rows nor what is said', async () => {
  const url = 'http://user:c4nary@127.0.0.1:1/r';
  const instance = await open({ repositories: [watched('infra', url)] });
  await instance.watcher.runOnce();
  expect(JSON.stringify(await instance.store.list())).not.toContain('c4nary');
  expect(await instance.store.find('infra')).toMatchObject({ status: 'away', url: 'http://127.0.0.1:1/r' });
});

test('commits that runs name outlive a force-push', async () => {
  const first = repo.commit({ a: '1' });
  const instance = await open();
  await instance.watcher.runOnce();
  await instance.mirrors.keepCommit('infra', first);
  await instance.mirrors.keepCommit('infra', first);
  const mirror = await instance.mirrors.of('infra');
  expect(await mirror.resolve(`refs/holdfast/keep/${first}`)).toBe(first);
  await instance.mirrors.releaseCommit('infra', first);
  expect(await mirror.resolve(`refs/holdfast/keep/${first}`)).toBeNull();
  await expect(instance.mirrors.of('nobody')).rejects.toMatchObject({ code: 'not_found' });
});
