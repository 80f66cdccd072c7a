import type { ServerConfig } from '../config/server-config.ts';
import { environmentFor } from '../config/stack-environment.ts';
import { ChangeService, type HeadDependencies, type HeadOverlay, type Notices } from '../features/changes/index.ts';
import type { RepoMirrors, SqlRepoStore } from '../features/repos/index.ts';
import type { RunPlanner } from '../features/runs/index.ts';
import {
  BlobFacts,
  type GraphOptions,
  SqlParseCache,
  SqlStackRows,
  SqlStackStore,
  StackReader,
} from '../features/stacks/index.ts';
import type { Clock } from '../kernel/clock.ts';
import { HoldfastError } from '../kernel/errors.ts';
import type { Logger } from '../kernel/logger.ts';
import type { Database } from '../platform/db/open-database.ts';
import { createBlobParser } from '../platform/hcl/blob-parser.ts';
import { repositoryConfigReader, stackNaming } from './graph-reading.ts';

export interface GraphSideOptions {
  readonly db: Database;
  readonly config: ServerConfig;
  readonly repositories: SqlRepoStore;
  readonly mirrors: RepoMirrors;
  readonly planner: RunPlanner;
  readonly notices: Notices;
  readonly overlay: HeadOverlay;
  readonly dependencies: HeadDependencies;
  readonly clock: Clock;
  readonly logger: Logger;
}

export interface GraphSide {
  readonly changes: ChangeService;
  readonly stacks: StackReader;
  close(): Promise<void>;
}

/** Which stacks there are and which a head touches, put together. */
export function createGraphSide(options: GraphSideOptions): GraphSide {
  const { db, config, clock, logger, mirrors, repositories } = options;
  const parser = createBlobParser({ clock });
  const isConfigured = (repository: string) => config.repositories.some(({ name }) => name === repository);
  const changes = new ChangeService({
    db,
    stacks: new SqlStackStore(isConfigured),
    maxDeletions: config.limits.deletions,
    notices: options.notices,
    overlay: options.overlay,
    dependencies: options.dependencies,
    heads: repositories,
    planner: options.planner,
    facts: new BlobFacts({ parser, cache: new SqlParseCache(db, clock) }),
    readConfig: repositoryConfigReader(clock),
    optionsOf: (repository) => graphOptions(config, repository),
    clock,
    log: logger,
  });
  const stacks = new StackReader({
    rows: new SqlStackRows(db, isConfigured),
    graphOf: async (repository) => {
      const commit = (await repositories.find(repository))?.processed_commit;
      if (!commit) return null;
      return changes.graphAt({ repository, commit, objects: await mirrors.of(repository) });
    },
  });
  return { changes, stacks, close: () => parser.close() };
}

function graphOptions(config: ServerConfig, repository: string): GraphOptions {
  const settings = config.repositories.find(({ name }) => name === repository);
  if (!settings) throw new HoldfastError('not_found', `repository "${repository}" is not configured`);
  return {
    repository,
    naming: stackNaming(repository, settings.stackPrefix),
    allow: settings.allow,
    selfUrls: [settings.url],
    stateAddresses: [config.externalUrl ?? [], listenUrl(config)].flat(),
    hasForeignHttpAddress: (stack) =>
      environmentFor(stack, config.environment).some(
        ({ pass, values }) => 'TF_HTTP_ADDRESS' in values || pass.includes('TF_HTTP_ADDRESS'),
      ),
  };
}

function listenUrl({ listen: { host, port } }: ServerConfig): string {
  return `http://${host.includes(':') ? `[${host}]` : host}:${port}`;
}
