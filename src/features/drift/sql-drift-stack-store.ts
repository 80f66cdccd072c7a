import { MOVING, type RunStatus } from '../../kernel/run-status.ts';
import type { StackEntry } from '../../kernel/stack-entry.ts';
import type { Database } from '../../platform/db/open-database.ts';
import type { Reader } from '../runs/index.ts';
import type { DriftStackStore, WatchedStack } from './drift-store.ts';

const moving = [...MOVING] as RunStatus[];
/** A check that has not ended: it never waits for an approval. */
const OPEN_CHECK: readonly RunStatus[] = ['queued', 'preparing', 'planning'];
const COLUMNS = ['name', 'repository', 'dir', 'entry', 'inputs_digest'] as const;

/** `DriftStackStore` in SQL. */
export function sqlDriftStackStore(db: Database): DriftStackStore {
  return {
    async find(reader, stack) {
      const row = await reader.selectFrom('drift_stacks').selectAll().where('stack', '=', stack).executeTakeFirst();
      return row ?? null;
    },
    async save(tx, row) {
      const { stack: _key, ...values } = row;
      await tx
        .insertInto('drift_stacks')
        .values(row)
        .onConflict((conflict) => conflict.column('stack').doUpdateSet(values))
        .execute();
    },
    async remove(tx, stack) {
      await tx.deleteFrom('drift_stacks').where('stack', '=', stack).execute();
    },
    async watched(reader, stack) {
      const row = await existing(reader).select(COLUMNS).where('name', '=', stack).executeTakeFirst();
      return row ? toWatched(row) : null;
    },
    async watchedSince(since, cursor, limit) {
      let query = existing(db).select(COLUMNS).where('updated_at', '>=', since).orderBy('name').limit(limit);
      if (cursor !== null) query = query.where('name', '>', cursor);
      return (await query.execute()).map(toWatched);
    },
    page(cursor, limit) {
      let query = db.selectFrom('drift_stacks').selectAll().orderBy('stack').limit(limit);
      if (cursor !== null) query = query.where('stack', '>', cursor);
      return query.execute();
    },
    async of(reader, stacks) {
      if (stacks.length === 0) return [];
      return reader.selectFrom('drift_stacks').selectAll().where('stack', 'in', stacks).execute();
    },
    async due(now, limit) {
      // Those that cannot go are left out here, lest they stand before the others at every look.
      const rows = await db
        .selectFrom('drift_stacks')
        .innerJoin('stacks', 'stacks.name', 'drift_stacks.stack')
        .select(['drift_stacks.stack', 'drift_stacks.next_at'])
        .where('drift_stacks.next_at', '<=', now)
        .where('stacks.deleted_at', 'is', null)
        .where('stacks.held', 'is', null)
        .where((eb) =>
          eb.not(
            eb.exists(
              eb
                .selectFrom('runs')
                .select('runs.id')
                .whereRef('runs.stack', '=', 'drift_stacks.stack')
                .where((or) =>
                  or.or([
                    or('runs.status', 'in', moving),
                    or.and([or('runs.status', '=', 'queued'), or('runs.kind', '=', 'drift')]),
                  ]),
                ),
            ),
          ),
        )
        .orderBy('drift_stacks.next_at')
        .limit(limit)
        .execute();
      return rows.map((row) => ({ stack: row.stack, nextAt: row.next_at, isOpen: false, isBusy: false }));
    },
    async nextAfter(now) {
      const row = await db
        .selectFrom('drift_stacks')
        .select('next_at')
        .where('next_at', '>', now)
        .orderBy('next_at')
        .limit(1)
        .executeTakeFirst();
      return row?.next_at ?? null;
    },
    async openChecks() {
      const row = await db
        .selectFrom('runs')
        .select((eb) => eb.fn.countAll<number>().as('count'))
        .where('kind', '=', 'drift')
        .where('status', 'in', OPEN_CHECK)
        .where((eb) =>
          eb.not(
            eb.exists(
              eb
                .selectFrom('runs as other')
                .select('other.id')
                .whereRef('other.stack', '=', 'runs.stack')
                .whereRef('other.id', '<>', 'runs.id')
                .where('other.status', 'in', moving),
            ),
          ),
        )
        .executeTakeFirst();
      return Number(row?.count ?? 0);
    },
    async isCheckOpen(reader, but) {
      const row = await reader
        .selectFrom('runs')
        .select('id')
        .where('kind', '=', 'drift')
        .where('status', 'in', OPEN_CHECK)
        .where('id', '<>', but)
        .limit(1)
        .executeTakeFirst();
      return row !== undefined;
    },
    async setNext(tx, stack, at) {
      await tx.updateTable('drift_stacks').set({ next_at: at }).where('stack', '=', stack).execute();
    },
    async setEvery(tx, stack, everyMs, nextAt) {
      await tx
        .updateTable('drift_stacks')
        .set({ every_ms: everyMs, next_at: nextAt })
        .where('stack', '=', stack)
        .execute();
    },
    openRuns(reader, stack) {
      return reader
        .selectFrom('runs')
        .selectAll()
        .where('stack', '=', stack)
        .where('kind', '=', 'drift')
        .where('status', 'in', OPEN_CHECK)
        .execute();
    },
    async burst(reader, since) {
      const count = () => reader.selectFrom('drift_stacks').select((eb) => eb.fn.countAll<number>().as('count'));
      const total = await count().executeTakeFirst();
      const troubled = await count()
        .where('turned_at', '>=', since)
        .where('status', 'in', ['drifted', 'error'])
        .executeTakeFirst();
      return { total: Number(total?.count ?? 0), troubled: Number(troubled?.count ?? 0) };
    },
    remediable(limit) {
      return (
        db
          .selectFrom('drift_stacks')
          .innerJoin('stacks', 'stacks.name', 'drift_stacks.stack')
          .select('drift_stacks.stack')
          .where('drift_stacks.status', '=', 'drifted')
          .where('drift_stacks.halted_at', 'is', null)
          .where('stacks.deleted_at', 'is', null)
          .where('stacks.held', 'is', null)
          // As `JSON.stringify` writes it: entries are written by nobody else.
          .where('stacks.entry', 'like', '%"remediate":true%')
          .orderBy('drift_stacks.turned_at')
          .limit(limit)
          .execute()
      );
    },
    async troubledSince(reader, since, limit) {
      const rows = await reader
        .selectFrom('drift_stacks')
        .select('stack')
        .where('turned_at', '>=', since)
        .where('status', 'in', ['drifted', 'error'])
        .orderBy('turned_at', 'desc')
        .limit(limit)
        .execute();
      return rows.map(({ stack }) => stack);
    },
  };
}

function existing(reader: Reader) {
  return reader.selectFrom('stacks').where('deleted_at', 'is', null).where('held', 'is', null);
}

function toWatched(row: { name: string; repository: string; dir: string; entry: string; inputs_digest: string }) {
  const { name, repository, dir } = row;
  const entry = JSON.parse(row.entry) as StackEntry;
  return { name, repository, dir, settings: entry.drift, inputsDigest: row.inputs_digest } satisfies WatchedStack;
}
