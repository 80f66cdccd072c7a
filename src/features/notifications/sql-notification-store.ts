import { type Kysely, sql } from 'kysely';
import type { DatabaseSchema, RunTable } from '../../platform/db/schema.ts';
import type { PreviousPlan } from './notification-policy.ts';
import type {
  ApplyAftermath,
  BrokenChannel,
  NewNotification,
  NotificationPage,
  NotificationRow,
  NotificationStore,
  Setback,
  Tx,
} from './notification-store.ts';

const TO_COME = ['queued', 'preparing', 'planning'] as const;
/** Ends that were told to somebody; an approved plan and what became of it has its digest. */
const TOLD = ['failed', 'unchanged'] as const;

/** Notifications in SQL. */
export class SqlNotificationStore implements NotificationStore {
  readonly #db: Kysely<DatabaseSchema>;

  constructor(db: Kysely<DatabaseSchema>) {
    this.#db = db;
  }

  async insert(tx: Tx, rows: readonly NewNotification[]): Promise<void> {
    if (rows.length > 0)
      await tx
        .insertInto('notifications')
        .values([...rows])
        .execute();
  }

  async previousPlan(tx: Tx, run: RunTable): Promise<PreviousPlan | null> {
    const row = await tx
      .selectFrom('runs')
      .select(['status', 'plan_digest'])
      .where('stack', '=', run.stack)
      .where('id', '<', run.id)
      .where('kind', '<>', 'drift')
      .where('speculative', '=', 0)
      .where((where) => where.or([where('status', 'in', TOLD), where('plan_digest', 'is not', null)]))
      .orderBy('id', 'desc')
      .limit(1)
      .executeTakeFirst();
    return row ?? null;
  }

  async aftermath(tx: Tx, run: RunTable): Promise<ApplyAftermath> {
    const stack = await tx.selectFrom('stacks').select('blocked').where('name', '=', run.stack).executeTakeFirst();
    const blocked = stack?.blocked == null ? null : (JSON.parse(stack.blocked) as { run: string | null });
    const adoptions = await tx
      .selectFrom('audit')
      .select((count) => count.fn.countAll<number>().as('count'))
      .where('subject', '=', run.id)
      .where('action', '=', 'run.adopted')
      .where('at', '>=', run.approved_at ?? 0)
      .executeTakeFirst();
    return { blocks: blocked?.run === run.id, adoptions: Number(adoptions?.count ?? 0) };
  }

  async hasSiblings(tx: Tx, run: RunTable): Promise<boolean> {
    const row = await tx
      .selectFrom('runs')
      .select('id')
      .where('status', 'in', TO_COME)
      .where('repository', '=', run.repository)
      .where('commit_sha', '=', run.commit_sha)
      .where('kind', '<>', 'drift')
      .where('id', '<>', run.id)
      .limit(1)
      .executeTakeFirst();
    return row !== undefined;
  }

  pending(channel: string, limit: number): Promise<NotificationRow[]> {
    return this.#db
      .selectFrom('notifications')
      .selectAll()
      .where('status', '=', 'pending')
      .where('channel', '=', channel)
      .orderBy('sequence')
      .limit(limit)
      .execute();
  }

  async markDelivered(ids: readonly string[], at: number): Promise<void> {
    await this.#db
      .updateTable('notifications')
      .set({ status: 'delivered', delivered_at: at, last_error: null, attempts: sql`attempts + 1` })
      .where('id', 'in', ids)
      .where('status', '=', 'pending')
      .execute();
  }

  async markSetback(ids: readonly string[], setback: Setback): Promise<void> {
    await this.#db
      .updateTable('notifications')
      .set({
        status: setback.status,
        next_attempt_at: setback.nextAttemptAt,
        last_error: setback.error,
        attempts: sql`attempts + 1`,
      })
      .where('id', 'in', ids)
      .where('status', '=', 'pending')
      .execute();
  }

  async giveUpOthers(channels: readonly string[], reason: string): Promise<number> {
    let query = this.#db
      .updateTable('notifications')
      .set({ status: 'failed', last_error: reason })
      .where('status', '=', 'pending');
    if (channels.length > 0) query = query.where('channel', 'not in', channels);
    const result = await query.executeTakeFirst();
    return Number(result.numUpdatedRows);
  }

  async list(limit: number, cursor: string | null): Promise<NotificationPage> {
    let query = this.#db
      .selectFrom('notifications')
      .selectAll()
      .orderBy('sequence', 'desc')
      .limit(limit + 1);
    if (cursor !== null) query = query.where('sequence', '<', Number(cursor));
    const rows = await query.execute();
    const page = rows.slice(0, limit);
    const last = page.at(-1);
    return { rows: page, next: rows.length > limit && last ? String(last.sequence) : null };
  }

  async countByStatus(): Promise<Readonly<Record<string, number>>> {
    const rows = await this.#db
      .selectFrom('notifications')
      .select(['status', (count) => count.fn.countAll<number>().as('count')])
      .groupBy('status')
      .execute();
    return { pending: 0, delivered: 0, failed: 0, ...Object.fromEntries(rows.map((r) => [r.status, Number(r.count)])) };
  }

  async broken(since: number): Promise<BrokenChannel[]> {
    const rows = await this.#db
      .selectFrom('notifications')
      .select(['channel', 'status', 'last_error'])
      .where('last_error', 'is not', null)
      .where((where) =>
        where.or([
          where('status', '=', 'pending'),
          where.and([where('status', '=', 'failed'), where('created_at', '>=', since)]),
        ]),
      )
      .orderBy('sequence')
      .limit(1_000)
      .execute();
    return [...Map.groupBy(rows, ({ channel }) => channel)].map(([channel, its]) => ({
      channel,
      error: its.at(-1)?.last_error ?? '',
      pending: its.filter(({ status }) => status === 'pending').length,
      failed: its.filter(({ status }) => status === 'failed').length,
    }));
  }
}
