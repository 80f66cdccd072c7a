import type { Database } from '../../platform/db/open-database.ts';
import type { ReportStore } from './drift-store.ts';

/** `ReportStore` in SQL. */
export function sqlReportStore(db: Database): ReportStore {
  return {
    async add(tx, report) {
      await tx.insertInto('drift_reports').values(report).execute();
    },
    async newest() {
      const row = await db.selectFrom('drift_reports').selectAll().orderBy('at', 'desc').limit(1).executeTakeFirst();
      return row ?? null;
    },
    async prune(before) {
      await db.deleteFrom('drift_reports').where('at', '<', before).execute();
    },
  };
}
