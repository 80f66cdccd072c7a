import { join } from 'node:path';
import type { Environment } from '../config/environment.ts';
import type { ServerConfig } from '../config/server-config.ts';
import type { SourceArchive } from '../features/execution/index.ts';
import {
  configureRepositories,
  type HeadProcessor,
  RepoMirrors,
  RepoWatcher,
  type SqlRepoStore,
} from '../features/repos/index.ts';
import type { Clock } from '../kernel/clock.ts';
import type { Logger } from '../kernel/logger.ts';
import type { Random } from '../kernel/random.ts';
import { prepareGitHome } from '../platform/git/remote-files.ts';

export interface RepoSideOptions {
  readonly config: ServerConfig;
  readonly env: Environment;
  readonly store: SqlRepoStore;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
}

export interface RepoSide {
  readonly mirrors: RepoMirrors;
  readonly sources: SourceArchive;
  /** The watcher over a processor of heads; start it when everything else is there. */
  watch(processor: HeadProcessor): RepoWatcher;
}

/** Mirrors of the configured repositories below data_dir, and what reads them. */
export async function createRepoSide(options: RepoSideOptions): Promise<RepoSide> {
  const { config, env, clock } = options;
  const home = join(config.dataDir, 'git');
  await prepareGitHome(home);
  const repositories = config.repositories;
  const tool = { binary: 'git', hostEnv: env, home };
  const mirrors = new RepoMirrors({ root: join(config.dataDir, 'mirrors'), tool, clock, repositories });
  // Before anything is asked for by a name that server.yaml may have changed.
  await configureRepositories({ repositories, mirrors, store: options.store, log: options.logger });
  return {
    mirrors,
    sources: {
      archive: async (repository, commit, paths) => (await mirrors.of(repository)).archive(commit, paths),
      packed: async (repository, commit, paths) => (await mirrors.of(repository)).packed(commit, paths),
    },
    watch: (processor) =>
      new RepoWatcher({
        repositories,
        store: options.store,
        processor,
        mirrors,
        clock,
        random: options.random,
        log: options.logger,
      }),
  };
}
