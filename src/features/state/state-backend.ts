import type { Clock } from '../../kernel/clock.ts';
import type { Logger } from '../../kernel/logger.ts';
import type { Random } from '../../kernel/random.ts';
import type { ArtifactStore } from '../../platform/artifacts/artifact-store.ts';
import type { Database } from '../../platform/db/open-database.ts';
import { LockService, sqlLockStore } from '../locks/index.ts';
import { RunTokens } from './run-tokens.ts';
import { sqlStateStore } from './sql-state-store.ts';
import { StateAccess } from './state-access.ts';
import { StateHistory } from './state-history.ts';
import { StateKeeper } from './state-keeper.ts';
import { StateOutputs } from './state-outputs.ts';
import { StateResources } from './state-resources.ts';
import { StateService } from './state-service.ts';

export interface StateBackendOptions {
  readonly db: Database;
  readonly artifacts: ArtifactStore;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
  /** Versions kept per stack (`retention.states`). */
  readonly keepVersions: number;
  /** Largest state that is taken. */
  readonly maxBytes: number;
  /** Where workers reach this instance, also after a restart. */
  readonly baseUrl: () => string;
}

/** The parts of the state backend, put together. */
export interface StateBackend {
  readonly service: StateService;
  readonly history: StateHistory;
  readonly access: StateAccess;
  readonly resources: StateResources;
  readonly outputs: StateOutputs;
  readonly tokens: RunTokens;
  readonly locks: LockService;
  /** Of these paths of the artifact store, those that a state version names: for the sweep of orphans. */
  knownPaths(paths: readonly string[]): Promise<Set<string>>;
}

/** Puts the state backend together over a database and an artifact store. */
export function createStateBackend(options: StateBackendOptions): StateBackend {
  const { db, clock, random, artifacts, log, keepVersions, maxBytes, baseUrl } = options;
  const store = sqlStateStore;
  const tokens = new RunTokens(clock, random);
  const locks = new LockService(sqlLockStore, clock);
  const keeper = new StateKeeper({ db, store, artifacts, clock, log, keepVersions, maxBytes });
  return {
    tokens,
    locks,
    service: new StateService({ db, store, locks, tokens, keeper }),
    history: new StateHistory({ db, store, locks, keeper }),
    resources: new StateResources({ db, store, keeper }),
    outputs: new StateOutputs({ store, keeper }),
    access: new StateAccess({ tokens, store, locks, baseUrl }),
    knownPaths: (paths) => store.knownPaths(db, paths),
  };
}
