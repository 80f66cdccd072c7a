import { compiledOnce } from '../../platform/db/compiled-once.ts';
import type { Lock, Reader } from './lock.ts';
import type { LockStore } from './lock-store.ts';

/** How many of a stack's freed locks are looked through for a repeated UNLOCK. */
const FREED_LOOKED_AT = 50;

/** Locks in the table `locks`. */
export const sqlLockStore: LockStore = {
  async find(db, stack) {
    const [lock] = await selectLock(db, stack);
    return lock ?? null;
  },
  async findOfRun(db, run) {
    const [lock] = await selectOfRun(db, run);
    return lock ?? null;
  },
  list: (db) => db.selectFrom('locks').selectAll().orderBy('stack').execute(),
  async insert(tx, lock) {
    const result = await tx
      .insertInto('locks')
      .values(lock)
      .onConflict((conflict) => conflict.column('stack').doNothing())
      .executeTakeFirst();
    return result.numInsertedOrUpdatedRows === 1n;
  },
  async rebind(tx, seen, change) {
    const result = await tx
      .updateTable('locks')
      .set(change)
      .where('stack', '=', seen.stack)
      .where('lock_id', '=', seen.lock_id)
      .where('holder', '=', seen.holder)
      .executeTakeFirst();
    return result.numUpdatedRows === 1n;
  },
  async remove(tx, seen) {
    const result = await tx
      .deleteFrom('locks')
      .where('stack', '=', seen.stack)
      .where('lock_id', '=', seen.lock_id)
      .where('holder', '=', seen.holder)
      .executeTakeFirst();
    return result.numDeletedRows === 1n;
  },
  wasFreed,
};

const selectLock = compiledOnce((db, stack: string) => db.selectFrom('locks').selectAll().where('stack', '=', stack));

const selectOfRun = compiledOnce((db, run: string) => db.selectFrom('locks').selectAll().where('run', '=', run));

async function wasFreed(db: Reader, stack: string, lockId: string): Promise<boolean> {
  const rows = await db
    .selectFrom('audit')
    .select('facts')
    .where('subject', '=', stack)
    .where('action', '=', 'lock.freed')
    .orderBy('id', 'desc')
    .limit(FREED_LOOKED_AT)
    .execute();
  return rows.some((row) => (JSON.parse(row.facts) as Partial<Lock>).lock_id === lockId);
}
