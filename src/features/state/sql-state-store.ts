import { OPEN } from '../../kernel/run-status.ts';
import { compiledOnce } from '../../platform/db/compiled-once.ts';
import type { StateStore } from './state-store.ts';

/** State versions in the table `state_versions`. */
export const sqlStateStore: StateStore = {
  async latest(db, stack) {
    const [newest] = await selectNewest(db, stack);
    return newest ?? null;
  },
  async find(db, stack, serial) {
    const query = db.selectFrom('state_versions').selectAll().where('stack', '=', stack).where('serial', '=', serial);
    return (await query.orderBy('sequence', 'desc').limit(1).executeTakeFirst()) ?? null;
  },
  list(db, stack, limit, before) {
    let query = db.selectFrom('state_versions').selectAll().where('stack', '=', stack);
    if (before !== null) query = query.where('sequence', '<', before);
    return query.orderBy('sequence', 'desc').limit(limit).execute();
  },
  async append(tx, version) {
    await tx.insertInto('state_versions').values(version).execute();
  },
  async prune(tx, stack, keep) {
    const newest = await sqlStateStore.latest(tx, stack);
    const last = (newest?.sequence ?? 0) - Math.max(1, keep);
    return tx
      .deleteFrom('state_versions')
      .where('stack', '=', stack)
      .where('sequence', '<=', last)
      .returningAll()
      .execute();
  },
  async knownPaths(db, paths) {
    if (paths.length === 0) return new Set();
    const rows = await db.selectFrom('state_versions').select('path').where('path', 'in', paths).execute();
    return new Set(rows.map((row) => row.path));
  },
  async openRun(db, stack) {
    const query = db.selectFrom('runs').select('id').where('stack', '=', stack).where('status', 'in', OPEN);
    return (await query.limit(1).executeTakeFirst())?.id ?? null;
  },
};

const selectNewest = compiledOnce((db, stack: string) =>
  db.selectFrom('state_versions').selectAll().where('stack', '=', stack).orderBy('sequence', 'desc').limit(1),
);
