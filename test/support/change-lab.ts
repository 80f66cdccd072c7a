import { join } from 'node:path';
import { ChangeService, DeletionDesk, HeadDependencies, type HeadOverlay } from '../../src/features/changes/index.ts';
import { DependencyWaits, sqlDependencyStore } from '../../src/features/dependencies/index.ts';
import { SqlRepoStore } from '../../src/features/repos/index.ts';
import { DestroyPlanner, HeadRunPlanner, RunDoor, SqlRunStore, sqlStackMarks } from '../../src/features/runs/index.ts';
import { BlobFacts, permissiveOptions, SqlParseCache, SqlStackStore } from '../../src/features/stacks/index.ts';
import { systemClock } from '../../src/kernel/clock.ts';
import { silentLogger } from '../../src/kernel/logger.ts';
import { systemRandom } from '../../src/kernel/random.ts';
import { type Database, openDatabase } from '../../src/platform/db/open-database.ts';
import type { GitMirror, GitObjects } from '../../src/platform/git/git-objects.ts';
import { openGitObjects } from '../../src/platform/git/local-objects.ts';
import { prepareGitHome } from '../../src/platform/git/remote-files.ts';
import { createBlobParser } from '../../src/platform/hcl/blob-parser.ts';
import { makeRepository, makeTempDir } from './git-repository.ts';
import { readTestConfig, testNaming } from './stack-fixtures.ts';

/** A real repository, a real database and the change service between them. */
export async function makeChangeLab(
  overlayOf?: (parts: { db: Database; repos: SqlRepoStore; objects: GitObjects }) => Promise<HeadOverlay>,
) {
  const temp = makeTempDir('hf-changes-');
  const repo = makeRepository(join(temp.dir, 'repo'));
  const home = join(temp.dir, 'home');
  await prepareGitHome(home);
  const tool = { binary: 'git', hostEnv: process.env, home };
  const objects = openGitObjects({ tool, dir: repo.dir, clock: systemClock });
  const db = await openDatabase({ file: ':memory:' });
  const parser = createBlobParser({ clock: systemClock });
  const cache = new SqlParseCache(db, systemClock);
  const repos = new SqlRepoStore(db);
  const store = new SqlRunStore(db);
  const clock = systemClock;
  const waits = new DependencyWaits({ store: sqlDependencyStore, clock });
  const dependencies = new HeadDependencies({ store: sqlDependencyStore, waits });
  const door = new RunDoor(store, clock, [waits]);
  let rings = 0;
  const notices: string[] = [];
  const removed = new Set<string>();
  const shared = { store, door, clock, random: systemRandom };
  const destroys = new DestroyPlanner({ ...shared, marks: sqlStackMarks });
  const planner = new HeadRunPlanner({ ...shared, destroys, ring: () => rings++ });

  const overlay = await overlayOf?.({ db, repos, objects });

  function makeService() {
    return new ChangeService({
      ...(overlay ? { overlay } : {}),
      db,
      stacks: new SqlStackStore((name) => !removed.has(name)),
      heads: repos,
      planner,
      facts: new BlobFacts({ parser, cache }),
      readConfig: readTestConfig,
      maxDeletions: 3,
      dependencies,
      notices: { tell: async (_tx, { sentences }) => void notices.push(sentences.join(' ')) },
      optionsOf: (name) => permissiveOptions(name, testNaming(name)),
      clock,
      log: silentLogger,
    });
  }
  let service = makeService();

  /** Sees and processes a head, as the watcher would. Answers the runs made for it: `stack: reasons`. */
  async function push(commit: string, over: { repository?: string; makesRuns?: boolean; base?: null } = {}) {
    const repository = over.repository ?? 'infra';
    await repos.configure([{ name: repository, url: repo.dir, branch: 'main' }], []);
    await repos.addHead({ repository, commit, at: clock.now() });
    const processed = (await repos.find(repository))?.processed_commit ?? null;
    await service.process({
      repository,
      base: over.base === null ? null : processed,
      commit,
      makesRuns: over.makesRuns ?? true,
      mirror: objects as GitMirror,
    });
    const runs = await db.selectFrom('runs').selectAll().where('commit_sha', '=', commit).orderBy('stack').execute();
    return runs.map((run) => run.stack);
  }

  return {
    repo,
    db,
    repos,
    objects,
    push,
    notices,
    door,
    waits,
    /** Repositories that are no longer in server.yaml. */
    removed,
    deletions: new DeletionDesk({ db, destroys, clock, ring: () => {} }),
    cache,
    get service() {
      return service;
    },
    rings: () => rings,
    /** Forgets everything in memory, as a restart does. */
    restart: () => {
      service = makeService();
    },
    stack: (name: string) => db.selectFrom('stacks').selectAll().where('name', '=', name).executeTakeFirstOrThrow(),
    async close() {
      await Promise.all([objects.close(), parser.close()]);
      await db.destroy();
      temp.remove();
    },
  };
}
