import type { RunTable } from '../../platform/db/schema.ts';
import type { Tx } from '../runs/index.ts';
import type { AdoptionStore } from './adopt-service.ts';

/** Adoption in SQL: another attempt and a lease; the status stays what it is, so this is no passage through the door. */
export class SqlAdoptionStore implements AdoptionStore {
  async adopt(
    tx: Tx,
    run: RunTable,
    set: { attempt: number; worker: string; leaseUntil: number; at: number },
  ): Promise<RunTable | null> {
    const row = await tx
      .updateTable('runs')
      .set({
        attempt: set.attempt,
        version: run.version + 1,
        worker: set.worker,
        lease_until: set.leaseUntil,
        updated_at: set.at,
      })
      .where('id', '=', run.id)
      .where('version', '=', run.version)
      .where('status', '=', run.status)
      .returningAll()
      .executeTakeFirst();
    return row ?? null;
  }
}
