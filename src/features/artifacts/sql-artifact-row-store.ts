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
  async newest(db, { run, kind, digest }) {
    let query = db.selectFrom('artifacts').selectAll().where('run', '=', run).where('kind', '=', kind);
    if (digest !== undefined) query = query.where('digest', '=', digest);
    return (await query.orderBy('attempt', 'desc').limit(1).executeTakeFirst()) ?? null;
  },
  async isKept(db, { run, kind, digest, at }) {
    const row = await db
      .selectFrom('artifacts')
      .select('path')
      .where('run', '=', run)
      .where('kind', '=', kind)
      .where('digest', '=', digest)
      .where((eb) => eb.or([eb('expires_at', 'is', null), eb('expires_at', '>', at)]))
      .limit(1)
      .executeTakeFirst();
    return row !== undefined;
  },
  async knownPaths(db, paths) {
    if (paths.length === 0) return new Set();
    const rows = await db.selectFrom('artifacts').select('path').where('path', 'in', paths).execute();
    return new Set(rows.map((row) => row.path));
  },
};
