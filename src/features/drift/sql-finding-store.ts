import type { Database } from '../../platform/db/open-database.ts';
import type { FindingStore } from './drift-store.ts';

/** SQLite takes 32,766 values a statement; a finding has 20. */
const CHUNK = 500;

/** `FindingStore` in SQL. */
export function sqlFindingStore(db: Database): FindingStore {
  return {
    open(reader, stack) {
      return reader
        .selectFrom('drift_findings')
        .selectAll()
        .where('stack', '=', stack)
        .where('cleared_at', 'is', null)
        .orderBy('address')
        .execute();
    },
    async find(reader, id) {
      const row = await reader.selectFrom('drift_findings').selectAll().where('id', '=', id).executeTakeFirst();
      return row ?? null;
    },
    allOpen(limit) {
      return db
        .selectFrom('drift_findings')
        .selectAll()
        .where('cleared_at', 'is', null)
        .orderBy('stack')
        .orderBy('address')
        .limit(limit)
        .execute();
    },
    async prune(before) {
      await db.deleteFrom('drift_findings').where('cleared_at', '<', before).execute();
    },
    async settle(tx, { opened, again, changed, cleared }) {
      // Cleared first: of one resource there is one open finding.
      for (const finding of cleared) await replace(tx, finding);
      for (const finding of changed) await replace(tx, finding);
      const [first] = again;
      if (first) {
        await tx
          .updateTable('drift_findings')
          .set((eb) => ({
            run: first.run,
            state: 'known',
            last_seen: first.last_seen,
            times_seen: eb('times_seen', '+', 1),
          }))
          .where(
            'id',
            'in',
            again.map(({ id }) => id),
          )
          .execute();
      }
      for (let i = 0; i < opened.length; i += CHUNK) {
        await tx
          .insertInto('drift_findings')
          .values(opened.slice(i, i + CHUNK))
          .execute();
      }
    },
    async clearAll(tx, stack, at) {
      await tx
        .updateTable('drift_findings')
        .set({ cleared_at: at })
        .where('stack', '=', stack)
        .where('cleared_at', 'is', null)
        .execute();
    },
    async markTold(tx, findings) {
      if (findings.length === 0) return;
      await tx
        .updateTable('drift_findings')
        .set((eb) => ({ told: eb.ref('fingerprint') }))
        .where(
          'id',
          'in',
          findings.map(({ id }) => id),
        )
        .execute();
    },
    async acknowledge(tx, ids, ack) {
      if (ids.length === 0) return;
      await tx
        .updateTable('drift_findings')
        .set({
          ack_by: ack?.by ?? null,
          ack_reason: ack?.reason ?? null,
          ack_at: ack?.at ?? null,
          ack_until: ack?.until ?? null,
          // Whoever acknowledges it knows it; when the acknowledgement ends, it is told again.
          told: null,
        })
        .where('id', 'in', ids)
        .execute();
    },
    async markRemediated(tx, stack, at) {
      await tx
        .updateTable('drift_findings')
        .set({ remediated_at: at })
        .where('stack', '=', stack)
        .where('cleared_at', 'is', null)
        .execute();
    },
    async returns(reader, stack, since) {
      const rows = await reader
        .selectFrom('drift_findings as now')
        .innerJoin('drift_findings as past', (join) =>
          join
            .onRef('past.stack', '=', 'now.stack')
            .onRef('past.address', '=', 'now.address')
            .onRef('past.fingerprint', '=', 'now.fingerprint')
            .onRef('past.id', '<>', 'now.id'),
        )
        .select(['now.address', (eb) => eb.fn.countAll<number>().as('times')])
        .where('now.stack', '=', stack)
        .where('now.cleared_at', 'is', null)
        .where('past.remediated_at', '>=', since)
        .groupBy('now.address')
        .execute();
      return rows.map(({ address, times }) => ({ address, times: Number(times) }));
    },
  };
}

async function replace(
  tx: Parameters<FindingStore['settle']>[0],
  finding: Parameters<FindingStore['markTold']>[1][number],
) {
  const { id, ...values } = finding;
  await tx.updateTable('drift_findings').set(values).where('id', '=', id).execute();
}
