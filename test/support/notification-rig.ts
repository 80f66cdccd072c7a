import {
  type Channel,
  NOTIFICATION_EVENTS,
  NotificationDelivery,
  SqlNotificationStore,
} from '../../src/features/notifications/index.ts';
import type { NotificationBody } from '../../src/features/notifications/notification.ts';
import type { Logger } from '../../src/kernel/logger.ts';
import { silentLogger } from '../../src/kernel/logger.ts';
import { systemRandom } from '../../src/kernel/random.ts';
import { type Database, openDatabase } from '../../src/platform/db/open-database.ts';
import type { NotificationTable } from '../../src/platform/db/schema.ts';
import { post } from '../../src/platform/http/post.ts';
import { createJumpingClock, type JumpingClock } from './jumping-clock.ts';
import { AT, ready, TYPICAL } from './notification-bodies.ts';

/** A database, a clock on which nobody waits, and deliveries over real HTTP. */
export interface NotificationRig {
  readonly db: Database;
  readonly store: SqlNotificationStore;
  readonly clock: JumpingClock;
  readonly logged: string[];
  deliver(channels: readonly Channel[], timeoutMs?: number): NotificationDelivery;
  put(id: string, channel: string, rest?: Partial<NotificationTable>, body?: NotificationBody): Promise<void>;
  row(id: string): Promise<NotificationTable>;
  close(): Promise<void>;
}

export function channelTo(name: string, type: Channel['type'], url: string, rest: Partial<Channel> = {}): Channel {
  const settings = { name, type, secret: null, events: NOTIFICATION_EVENTS, group: type !== 'webhook' };
  return { ...settings, url: { reveal: () => url }, covers: () => true, ...rest };
}

export async function openNotificationRig(file = ':memory:'): Promise<NotificationRig> {
  const db = await openDatabase({ file });
  const store = new SqlNotificationStore(db);
  const clock = createJumpingClock(AT);
  const logged: string[] = [];
  const say = (facts: object, message: string) => void logged.push(`${message} ${JSON.stringify(facts)}`);
  const logger: Logger = { ...silentLogger, warn: say, error: say, info: say, debug: say, child: () => logger };
  return {
    db,
    store,
    clock,
    logged,
    deliver: (channels, timeoutMs = 5_000) =>
      new NotificationDelivery(channels, {
        store,
        clock,
        random: systemRandom,
        logger,
        post: (request) => post({ ...request, timeoutMs }),
      }),
    async put(id, channel, rest = {}, body = ready(TYPICAL, {}, rest.stack ?? 'app')) {
      const names = { id, channel, event: body.event, repository: body.repository, stack: body.stack, run: 'r1' };
      const times = { created_at: AT, next_attempt_at: AT, delivered_at: null, attempts: 0, last_error: null };
      const { sequence: _, ...over } = rest;
      await db
        .insertInto('notifications')
        .values({ ...names, ...times, status: 'pending', body: JSON.stringify(body), ...over })
        .execute();
    },
    async row(id) {
      const row = await db.selectFrom('notifications').selectAll().where('id', '=', id).executeTakeFirstOrThrow();
      return row as unknown as NotificationTable;
    },
    close: () => db.destroy(),
  };
}
