import type { ServerConfig } from '../config/server-config.ts';
import type { NotificationStore } from '../features/notifications/index.ts';
import type { SqlRepoStore } from '../features/repos/index.ts';
import type { Clock } from '../kernel/clock.ts';
import { VERSION } from '../kernel/version.ts';
import type { Database } from '../platform/db/open-database.ts';
import type { HealthSources } from './health.ts';
import type { QueueSide } from './queue-side.ts';
import { configErrorText } from './readers.ts';
import { databaseAnswers } from './sql-instance-id.ts';

export interface HealthSourceOptions {
  readonly db: Database;
  readonly config: ServerConfig;
  readonly clock: Clock;
  readonly instance: string;
  readonly repositories: SqlRepoStore;
  readonly notifications: NotificationStore;
  readonly queue: QueueSide;
  readonly liveWorkers: () => Promise<number>;
  readonly isStopping: () => boolean;
}

const LATELY_MS = 24 * 3_600_000;

/** What health looks at, over the parts of this instance. */
export function healthSources(options: HealthSourceOptions): HealthSources {
  const { db, clock, config, repositories, notifications, queue } = options;
  const watched = new Set(config.repositories.map(({ name }) => name));
  return {
    version: VERSION,
    instance: options.instance,
    isStopping: options.isStopping,
    databaseAnswers: () => databaseAnswers(db),
    redisAnswers: () => queue.bell.healthy,
    repositories: async () =>
      (await repositories.list())
        .filter(({ name }) => watched.has(name))
        .map((row) => ({ ...row, config_error: configErrorText(row.config_error) })),
    liveWorkers: options.liveWorkers,
    brokenChannels: () => notifications.broken(clock.now() - LATELY_MS),
  };
}
