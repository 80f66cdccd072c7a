import type { ArtifactRowStore } from './artifact-row-store.ts';

/** Artifacts in the table `artifacts`. */
export const sqlArtifactRowStore: ArtifactRowStore = {
  async find(db, { run, kind, attempt }) {
    const query = db.selectFrom('artifacts').selectAll().where('run', '=', run).where('kind', '=', kind);
    return (await query.where('attempt', '=', attempt).executeTakeFirst()) ?? null;
  },
  replace: (db, row) =>
    db.transaction().execute(async (tx) => {
      const old = await sqlArtifactRowStore.find(tx, row);
      await tx
        .insertInto('artifacts')
        .values(row)
        .onConflict((conflict) => conflict.columns(['run', 'kind', 'attempt']).doUpdateSet(row))
        .execute();
      return old?.path ?? null;
    }),
  async knownPaths(db, paths) {
    if (paths.length === 0) return new Set();
    const rows = await db.selectFrom('artifacts').select('path').where('path', 'in', paths).execute();
    return new Set(rows.map((row) => row.path));
  },
};
