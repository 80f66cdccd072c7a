import { compiledOnce } from '../../platform/db/compiled-once.ts';
import type { Freeze } from './approval-decision.ts';
import type { FreezeStore } from './freeze-service.ts';

const KEY = 'applies.freeze';

const selectFreeze = compiledOnce((db) => db.selectFrom('meta').select('value').where('key', '=', KEY));

/** The freeze as one row of `meta`. */
export const sqlFreezeStore: FreezeStore = {
  async find(db) {
    const [row] = await selectFreeze(db);
    return row ? (JSON.parse(row.value) as Freeze) : null;
  },
  async put(tx, freeze) {
    const value = JSON.stringify(freeze);
    await tx
      .insertInto('meta')
      .values({ key: KEY, value })
      .onConflict((conflict) => conflict.column('key').doUpdateSet({ value }))
      .execute();
  },
  async remove(tx) {
    await tx.deleteFrom('meta').where('key', '=', KEY).execute();
  },
};
