import type { ServerConfig } from '../config/server-config.ts';
import { matchesStack } from '../config/stack-environment.ts';
import {
  type Channel,
  ChannelTester,
  NewsWriter,
  NotificationDelivery,
  NotificationListener,
  type PlanExcerpts,
  type Post,
  SqlNotificationStore,
} from '../features/notifications/index.ts';
import type { Clock } from '../kernel/clock.ts';
import type { Logger } from '../kernel/logger.ts';
import type { Random } from '../kernel/random.ts';
import type { Database } from '../platform/db/open-database.ts';

export interface NotificationSideOptions {
  readonly db: Database;
  readonly config: ServerConfig;
  readonly excerpts: PlanExcerpts;
  /** Where links for people begin. */
  readonly external: () => string;
  readonly post: Post;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
}

export interface NotificationSide {
  readonly store: SqlNotificationStore;
  readonly listener: NotificationListener;
  /** For what is told that is no transition of a run. */
  readonly news: NewsWriter;
  readonly delivery: NotificationDelivery;
  readonly tester: ChannelTester;
}

/** Channels, the listener that writes what they are told, and the loops that tell it. */
export function createNotificationSide(options: NotificationSideOptions): NotificationSide {
  const { clock, random, logger } = options;
  const store = new SqlNotificationStore(options.db);
  const channels: Channel[] = options.config.channels.map((channel) => ({
    ...channel,
    covers: (stack) => matchesStack(channel.stacks, stack),
  }));
  const delivery = new NotificationDelivery(channels, { store, post: options.post, clock, random, logger });
  const telling = {
    ...{ store, channels, clock, random },
    runUrl: (run: string) => `${options.external()}/runs/${run}`,
    // Not within the transaction, which has not committed yet.
    wake: () => void setImmediate(() => delivery.wake()),
  };
  const homeUrl = () => `${options.external()}/`;
  const news = new NewsWriter({ ...telling, homeUrl });
  const tester = new ChannelTester({ channels, post: options.post, clock, random, homeUrl });
  const listener = new NotificationListener({
    ...telling,
    excerpts: options.excerpts,
    approvers: (stack) => approversOf(options.config.access, stack),
    planExpiresMs: options.config.applies.planExpiresMs,
  });
  return { store, listener, news, delivery, tester };
}

/** Names of the tokens that may approve plans of the stack, as a message names them. */
function approversOf({ tokens, localToken }: ServerConfig['access'], stack: string): string[] {
  const named = tokens
    .filter((token) => (token.role === 'approver' || token.role === 'admin') && matchesStack(token.stacks, stack))
    .map(({ name }) => name);
  return localToken ? [...named, 'an admin on its host'] : named;
}
