import type { NotificationBody } from './notification.ts';
import type { NotificationRow } from './notification-store.ts';

/** A row that waits, with its body read. */
export interface Pending {
  readonly row: NotificationRow;
  readonly body: NotificationBody;
}

/** One message to send: one notification, or several stacks of one push. */
export type Batch = readonly [Pending, ...Pending[]];

export interface DeliveryPlan {
  /** Messages that are due, those tried least often first. */
  readonly due: readonly Batch[];
  /** When the next one is due, ms; null where none waits. */
  readonly nextAt: number | null;
}

/** However many plans of a push are still to come, the first of them is told after this long. */
const LONGEST_SETTLE_MS = 10_000;

/**
 * What to send now. Of each stack only the oldest row may go, so that a channel hears of a stack in order; a stack
 * whose message does not get through holds up nobody but itself. Pure.
 */
export function planDeliveries(pending: readonly Pending[], now: number, isGrouping: boolean): DeliveryPlan {
  const heads = [...Map.groupBy(pending, ({ row }) => row.stack ?? '').values()].flatMap(([head]) => head ?? []);
  const batches = isGrouping ? [...Map.groupBy(heads, pushOf).values()] : heads.map((head) => [head]);
  const timed = batches.map((batch) => ({ batch: batch as unknown as Batch, at: dueAt(batch) }));
  const due = timed.filter(({ at }) => at <= now).map(({ batch }) => batch);
  const later = timed.filter(({ at }) => at > now).map(({ at }) => at);
  return {
    due: due.toSorted((a, b) => a[0].row.attempts - b[0].row.attempts || a[0].row.sequence - b[0].row.sequence),
    nextAt: later.length === 0 ? null : Math.min(...later),
  };
}

/** News of one push, or of the drift of one repository. */
function pushOf({ row, body }: Pending): string {
  if (body.drift) return JSON.stringify([row.event, row.repository]);
  return JSON.stringify([row.event, row.repository, body.run?.commit ?? row.id]);
}

/**
 * A new row that waits for others of its push has a time in its future. They go together when the last one has come,
 * when nothing came for the settle time, or when the first has waited long enough.
 */
function dueAt(batch: readonly Pending[]): number {
  const tried = batch.filter(({ row }) => row.attempts > 0).map(({ row }) => row.next_attempt_at);
  const fresh = batch.filter(({ row }) => row.attempts === 0).map(({ row }) => row);
  const times = fresh.map((row) => row.next_attempt_at);
  const isComplete = fresh.some((row) => row.next_attempt_at <= row.created_at);
  const first = Math.min(...fresh.map((row) => row.created_at));
  const settled = isComplete ? Math.min(...times) : Math.min(first + LONGEST_SETTLE_MS, Math.max(...times));
  return Math.max(...tried, fresh.length === 0 ? 0 : settled);
}
