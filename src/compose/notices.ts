import type { Notices } from '../features/changes/index.ts';
import type { Logger } from '../kernel/logger.ts';

/** What is told of the instance: into the log. */
export function createNotices(logger: Logger): Notices {
  return {
    tell: async (_tx, { repository, title, sentences }) => logger.warn({ repository, sentences }, title),
  };
}
