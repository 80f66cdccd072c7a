import type { DriftMeta } from './drift-store.ts';

/** `DriftMeta` in the table `meta`. */
export const sqlDriftMeta: DriftMeta = {
  async get(db, key) {
    const row = await db.selectFrom('meta').select('value').where('key', '=', `drift.${key}`).executeTakeFirst();
    return row?.value ?? null;
  },
  async set(db, key, value) {
    const name = `drift.${key}`;
    if (value === null) await db.deleteFrom('meta').where('key', '=', name).execute();
    else
      await db
        .insertInto('meta')
        .values({ key: name, value })
        .onConflict((conflict) => conflict.column('key').doUpdateSet({ value }))
        .execute();
  },
};
