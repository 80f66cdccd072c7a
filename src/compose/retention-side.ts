import type { ServerConfig } from '../config/server-config.ts';
import type { RunArtifacts } from '../features/artifacts/index.ts';
import type { SynthRetention } from '../features/cdktf/index.ts';
import type { RepoMirrors } from '../features/repos/index.ts';
import { RetentionLoop, SqlRetentionStore } from '../features/retention/index.ts';
import { SqlParseCache } from '../features/stacks/index.ts';
import type { StateBackend } from '../features/state/index.ts';
import type { Clock } from '../kernel/clock.ts';
import type { Logger } from '../kernel/logger.ts';
import type { Database } from '../platform/db/open-database.ts';
import type { Keeping } from './keeping.ts';

export interface RetentionSideOptions {
  readonly db: Database;
  readonly config: ServerConfig;
  readonly keeping: Keeping;
  readonly artifacts: RunArtifacts;
  readonly state: StateBackend;
  readonly mirrors: RepoMirrors;
  readonly synths: SynthRetention;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** A file of the artifact store is written before its row: only one that has had this long to get one is an orphan. */
const ORPHAN_AFTER_MS = 3_600_000;

/** The loop that forgets what is older than `retention` says, over rows and files. */
export function createRetention(options: RetentionSideOptions): RetentionLoop {
  const { db, config, keeping, artifacts, state, mirrors, synths, clock, logger } = options;
  const parsed = new SqlParseCache(db, clock);
  return new RetentionLoop({
    store: new SqlRetentionStore(db),
    files: {
      deleteArtifact: (path) => keeping.artifacts.delete(path),
      deleteLog: (run) => keeping.logs.delete(run),
      deletePlan: (run) => keeping.plans.delete(run),
      releaseCommit: async ({ repository, commit }) => {
        // The mirror of a repository that is no longer configured is nobody's to tidy.
        if (!config.repositories.some(({ name }) => name === repository)) return;
        await mirrors.releaseCommit(repository, commit);
      },
      sweepOrphans: () =>
        keeping.artifacts.sweep(ORPHAN_AFTER_MS, async (paths) => {
          const [ofRuns, ofStates] = await Promise.all([artifacts.knownPaths(paths), state.knownPaths(paths)]);
          return ofRuns.union(ofStates);
        }),
      pruneParsed: (before) => parsed.prune(before),
      sweepSyntheses: (before) => synths.sweep(before, clock.now()),
    },
    times: config.retention,
    clock,
    logger,
  });
}
