import type { Clock } from '../../kernel/clock.ts';
import { newId } from '../../kernel/ids.ts';
import type { Random } from '../../kernel/random.ts';
import type { RunTable } from '../../platform/db/schema.ts';
import type { DriftSnapshot, NoticeSnapshot, ReportSnapshot } from './drift-snapshot.ts';
import type { Channel, NotificationBody, NotificationEvent } from './notification.ts';
import { selectChannels } from './notification-policy.ts';
import type { NewNotification, NotificationWriter, Tx } from './notification-store.ts';
import { snapshotOf } from './run-snapshot.ts';

export interface NewsWriterDeps {
  readonly store: Pick<NotificationWriter, 'insert'>;
  readonly channels: readonly Channel[];
  readonly runUrl: (run: string) => string;
  /** Where a report or a notice links to. */
  readonly homeUrl: () => string;
  readonly clock: Clock;
  readonly random: Random;
  /** Wakes the delivery; called inside the transaction, so it must only look later. */
  readonly wake: () => void;
}

/** Something to tell that is no transition of a run. */
export interface News {
  readonly event: Extract<NotificationEvent, `drift.${string}` | 'instance.notice'>;
  readonly at: number;
  readonly repository: string | null;
  readonly stack: string | null;
  readonly run: RunTable | null;
  readonly drift?: DriftSnapshot;
  readonly notice?: NoticeSnapshot;
  /** Whether more of the same kind may come in a moment: a channel that groups waits for it. */
  readonly isMoreToCome?: boolean;
}

/** How long a grouped message waits for the next stack. */
const SETTLE_MS = 2_000;

/** Writes news in the transaction of what they tell of, so that neither is ever there alone. */
export class NewsWriter {
  readonly #deps: NewsWriterDeps;

  constructor(deps: NewsWriterDeps) {
    this.#deps = deps;
  }

  /** Tells every channel that wants the event and covers the stack (null: the whole instance). */
  async tell(tx: Tx, news: News): Promise<void> {
    const { channels, runUrl, homeUrl } = this.#deps;
    const wanted =
      news.stack === null
        ? channels.filter((channel) => isWanted(channel, news.event))
        : selectChannels(channels, news.event, news.stack);
    if (wanted.length === 0) return;
    const body: NotificationBody = {
      ...{ event: news.event, at: news.at, repository: news.repository, stack: news.stack },
      run: news.run && snapshotOf(news.run, news.at, false),
      plan: null,
      ...(news.drift ? { drift: news.drift } : {}),
      ...(news.notice ? { notice: news.notice } : {}),
      url: news.run ? runUrl(news.run.id) : homeUrl(),
    };
    const text = JSON.stringify(body);
    const rows = wanted.map((channel) => {
      const waitMs = channel.group && news.isMoreToCome === true ? SETTLE_MS : 0;
      return this.#row(channel, body, { text, waitMs, run: news.run?.id ?? null });
    });
    await this.#deps.store.insert(tx, rows);
    this.#deps.wake();
  }

  /** Tells every channel that wants reports: each of the stacks that it covers. */
  async tellReport(
    tx: Tx,
    at: number,
    reportOf: (covers: (stack: string) => boolean) => ReportSnapshot,
  ): Promise<void> {
    const wanted = this.#deps.channels.filter((channel) => isWanted(channel, 'drift.report'));
    const rows = wanted.map((channel) => {
      const report = reportOf((stack) => channel.covers(stack));
      const about = { event: 'drift.report', at, repository: null, stack: null, run: null, plan: null } as const;
      const body: NotificationBody = { ...about, report, url: this.#deps.homeUrl() };
      return this.#row(channel, body, { text: JSON.stringify(body), waitMs: 0, run: null });
    });
    if (rows.length === 0) return;
    await this.#deps.store.insert(tx, rows);
    this.#deps.wake();
  }

  #row(
    channel: Channel,
    { event, at, repository, stack }: NotificationBody,
    { text, waitMs, run }: { readonly text: string; readonly waitMs: number; readonly run: string | null },
  ): NewNotification {
    return {
      id: newId(this.#deps.clock, this.#deps.random, 10),
      ...{ channel: channel.name, event, repository, stack, run, body: text },
      status: 'pending',
      attempts: 0,
      next_attempt_at: at + waitMs,
      last_error: null,
      created_at: at,
      delivered_at: null,
    };
  }
}

function isWanted(channel: Channel, event: NotificationEvent): boolean {
  // No stack of any name: what is left is whether the channel wants the event and can be sent to.
  return selectChannels([{ ...channel, covers: () => true }], event, '').length > 0;
}
