import { join } from 'node:path';
import type { HeadToProcess } from '../../src/features/repos/head-processor.ts';
import { RepoMirrors } from '../../src/features/repos/repo-mirrors.ts';
import { RepoWatcher } from '../../src/features/repos/repo-watcher.ts';
import { SqlRepoStore } from '../../src/features/repos/sql-repo-store.ts';
import type { WatchedRepository } from '../../src/features/repos/watched-repository.ts';
import { type Clock, systemClock } from '../../src/kernel/clock.ts';
import { silentLogger } from '../../src/kernel/logger.ts';
import { systemRandom } from '../../src/kernel/random.ts';
import { type Database, openDatabase } from '../../src/platform/db/open-database.ts';
import { prepareGitHome } from '../../src/platform/git/remote-files.ts';

/** An instance that only watches: real git, real database, and a processor that writes down what it was given. */
export interface WatchingInstance {
  readonly watcher: RepoWatcher;
  readonly mirrors: RepoMirrors;
  readonly store: SqlRepoStore;
  /** What was processed, oldest first: `base..commit`, shortened by the names of `label`. */
  readonly processed: HeadToProcess[];
  stop(): Promise<void>;
}

export interface WatchingOptions {
  readonly dir: string;
  readonly db: Database;
  readonly repositories: readonly WatchedRepository[];
  readonly clock?: Clock;
  /** Called before a head is marked processed; a throw is a processor that fails. */
  readonly beforeMark?: (head: HeadToProcess) => void | Promise<void>;
}

/** A repository entry with defaults. */
export function watched(name: string, url: string, more: Partial<WatchedRepository> = {}): WatchedRepository {
  const defaults = {
    branch: 'main',
    pollIntervalMs: 30_000,
    firstSight: 'plan',
    credentials: null,
    webhook: null,
  } as const;
  return { name, url, ...defaults, ...more };
}

/** The database of an instance, in memory. */
export function openTestDatabase(): Promise<Database> {
  return openDatabase({ file: ':memory:' });
}

/** Builds the instance; nothing runs before `watcher.runOnce()` or `start()`. */
export async function openWatching(options: WatchingOptions): Promise<WatchingInstance> {
  const { db, repositories } = options;
  const clock = options.clock ?? systemClock;
  const home = join(options.dir, 'home');
  await prepareGitHome(home);
  const tool = { binary: 'git', hostEnv: { PATH: process.env.PATH }, home };
  const mirrors = new RepoMirrors({ root: join(options.dir, 'mirrors'), tool, clock, repositories });
  const store = new SqlRepoStore(db);
  const processed: HeadToProcess[] = [];
  const processor = {
    async process(head: HeadToProcess) {
      processed.push(head);
      await options.beforeMark?.(head);
      await db.transaction().execute((tx) => store.markProcessed(tx, { ...head, at: clock.now() }));
    },
  };
  const deps = { store, processor, mirrors, clock, random: systemRandom, log: silentLogger };
  const watcher = new RepoWatcher({ ...deps, repositories });
  const stop = async () => {
    await watcher.stop();
    await mirrors.close();
  };
  return { watcher, mirrors, store, processed, stop };
}
