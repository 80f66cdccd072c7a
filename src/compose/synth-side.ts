import { join } from 'node:path';
import type { AppPort } from '../api/name-ports.ts';
import type { ServerConfig } from '../config/server-config.ts';
import { environmentFor } from '../config/stack-environment.ts';
import {
  AppDesk,
  AppOverlay,
  readTarFiles,
  SqlSynthRetention,
  SqlSynthStore,
  SynthDesk,
  type SynthesisedStack,
  SynthRetention,
} from '../features/cdktf/index.ts';
import type { Notices } from '../features/changes/index.ts';
import type { SourceArchive } from '../features/execution/index.ts';
import type { SqlRepoStore } from '../features/repos/index.ts';
import type { Tx } from '../features/runs/index.ts';
import type { Clock } from '../kernel/clock.ts';
import { HoldfastError } from '../kernel/errors.ts';
import type { Logger } from '../kernel/logger.ts';
import type { Random } from '../kernel/random.ts';
import { openDiskArtifactStore } from '../platform/artifacts/disk-artifact-store.ts';
import { openDocumentStore } from '../platform/artifacts/document-store.ts';
import type { Database } from '../platform/db/open-database.ts';
import { appJson } from './app-json.ts';
import { repositoryConfigReader, stackNaming } from './graph-reading.ts';
import type { Keeping } from './keeping.ts';

export interface SynthSideOptions {
  readonly db: Database;
  readonly config: ServerConfig;
  readonly keeping: Keeping;
  readonly sources: SourceArchive;
  readonly repositories: SqlRepoStore;
  readonly notices: Notices;
  /** Rings for what waits, and has a repository looked at; both come into being later. */
  readonly ring: () => void;
  readonly hint: (repository: string) => void;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
}

/** CDKTF apps, put together: what lies over heads, the desk where workers get syntheses, and sources with their results. */
export interface SynthSide {
  readonly overlay: AppOverlay;
  readonly desk: SynthDesk;
  readonly apps: AppDesk;
  readonly appPort: AppPort;
  readonly sources: SourceArchive;
  readonly retention: SynthRetention;
}

/** Opens what is kept of syntheses, below data_dir. */
export async function createSynthSide(options: SynthSideOptions): Promise<SynthSide> {
  const { db, config, keeping, clock, sources, repositories } = options;
  const store = new SqlSynthStore(db);
  const results = await openDocumentStore(join(config.dataDir, 'synth', 'results'));
  const tars = await openDiskArtifactStore(join(config.dataDir, 'synth', 'stacks'), {
    ...options,
    cipher: keeping.cipher,
  });
  const reopen = (tx: Tx, repository: string, at: number) => repositories.reopenHead(tx, repository, at);
  const desk = new SynthDesk({
    ...options,
    ...{ store, results, tars, leaseMs: config.timers.leaseMs },
    environmentFor: (app) => environmentFor(app, config.environment),
    reopen,
  });
  const isWatched = (repository: string) => config.repositories.some(({ name }) => name === repository);
  const apps = new AppDesk({ ...options, store, reopen, isWatched });
  const overlay = new AppOverlay({
    ...{ store, clock, ring: options.ring },
    resultOf: async (key) => (await results.get(key)) as readonly SynthesisedStack[] | null,
    readTar: async (digest, paths) => readTarFiles(await desk.openTar(digest), paths),
    readConfig: repositoryConfigReader(clock),
    namingOf: (repository) => {
      const settings = config.repositories.find(({ name }) => name === repository);
      if (!settings) throw new HoldfastError('not_found', `repository "${repository}" is not configured`);
      return stackNaming(repository, settings.stackPrefix);
    },
  });
  return {
    overlay,
    desk,
    apps,
    appPort: { retry: async (app, actor) => appJson(await apps.retry(app, actor)) },
    retention: new SynthRetention({ store: new SqlSynthRetention(db), results, tars }),
    sources: { ...sources, synthesised: (digest) => desk.openTar(digest) },
  };
}
