import { toRfc3339 } from '../../kernel/clock.ts';
import type { NotificationPage, NotificationReader, NotificationRow } from './notification-store.ts';

/** A notification as `GET /api/v1/notifications` shows it. */
export interface NotificationView {
  readonly id: string;
  readonly channel: string;
  readonly event: string;
  readonly repository: string | null;
  readonly stack: string | null;
  readonly run: string | null;
  readonly status: NotificationRow['status'];
  readonly attempts: number;
  readonly last_error: string | null;
  readonly created_at: string;
  readonly delivered_at: string | null;
}

/** One page of the list, newest first. */
export async function viewNotifications(
  store: Pick<NotificationReader, 'list'>,
  page: { readonly limit: number; readonly cursor: string | null },
): Promise<{ notifications: NotificationView[]; next: string | null }> {
  const { rows, next }: NotificationPage = await store.list(page.limit, page.cursor);
  return { notifications: rows.map(viewOf), next };
}

function viewOf(row: NotificationRow): NotificationView {
  return {
    id: row.id,
    channel: row.channel,
    event: row.event,
    repository: row.repository,
    stack: row.stack,
    run: row.run,
    status: row.status,
    attempts: row.attempts,
    last_error: row.last_error,
    created_at: toRfc3339(row.created_at),
    delivered_at: toRfc3339(row.delivered_at),
  };
}
