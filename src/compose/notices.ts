import type { Notice } from '../features/changes/index.ts';
import type { Tx } from '../features/runs/index.ts';
import type { Clock } from '../kernel/clock.ts';
import type { Logger } from '../kernel/logger.ts';

/** A notice as it is handed to the channels. */
interface NoticeNews {
  readonly event: 'instance.notice';
  readonly at: number;
  readonly repository: string | null;
  readonly stack: string | null;
  readonly run: null;
  readonly notice: { readonly title: string; readonly sentences: readonly string[] };
}

export interface NoticesOptions {
  /** Writes what channels are told. */
  readonly news: { tell(tx: Tx, news: NoticeNews): Promise<void> };
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Tells every channel that wants `instance.notice`, and the log. */
export function createNotices({ news, clock, logger }: NoticesOptions) {
  return {
    async tell(tx: Tx, { repository, title, sentences, stack = null }: Notice & { readonly stack?: string | null }) {
      logger.warn({ repository, stack, sentences }, title);
      const notice = { title, sentences };
      await news.tell(tx, { event: 'instance.notice', at: clock.now(), repository, stack, run: null, notice });
    },
  };
}
