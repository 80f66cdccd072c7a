import type { ServerConfig } from '../config/server-config.ts';
import { RetentionLoop, SqlRetentionStore } from '../features/retention/index.ts';
import type { Clock } from '../kernel/clock.ts';
import type { Logger } from '../kernel/logger.ts';
import type { Database } from '../platform/db/open-database.ts';
import type { Keeping } from './keeping.ts';

/** The loop that forgets what is older than `retention` says, over rows and files. */
export function createRetention(options: {
  readonly db: Database;
  readonly config: ServerConfig;
  readonly keeping: Keeping;
  readonly clock: Clock;
  readonly logger: Logger;
}): RetentionLoop {
  const { db, config, keeping, clock, logger } = options;
  return new RetentionLoop({
    store: new SqlRetentionStore(db),
    files: {
      deleteArtifact: (path) => keeping.artifacts.delete(path),
      deleteLog: (run) => keeping.logs.delete(run),
      deletePlan: (run) => keeping.plans.delete(run),
    },
    times: config.retention,
    clock,
    logger,
  });
}
