import type { Phase } from '../../kernel/run-status.ts';
import { compiledOnce } from '../../platform/db/compiled-once.ts';
import type { Database } from '../../platform/db/open-database.ts';
import type { ClaimTable, WorkerTable } from '../../platform/db/schema.ts';
import type { Tx } from '../runs/index.ts';
import type { WorkerStore } from './worker-store.ts';

const selectClaim = compiledOnce((db, id: string) => db.selectFrom('claims').selectAll().where('claim_id', '=', id));
const touch = compiledOnce((db, name: string, at: number) =>
  db.updateTable('workers').set({ seen_at: at }).where('name', '=', name),
);

const insertClaim = compiledOnce(
  (db, claim_id: string, worker: string, run: string, attempt: number, phase: Phase, created_at: number) =>
    db.insertInto('claims').values({ claim_id, worker, run, attempt, phase, created_at }),
);

/** Workers and claims in SQL. */
export class SqlWorkerStore implements WorkerStore {
  readonly #db: Database;

  constructor(db: Database) {
    this.#db = db;
  }

  async saveWorker(worker: Omit<WorkerTable, 'first_seen_at'>): Promise<void> {
    const { name: _name, ...changing } = worker;
    await this.#db
      .insertInto('workers')
      .values({ ...worker, first_seen_at: worker.seen_at })
      .onConflict((c) => c.column('name').doUpdateSet(changing))
      .execute();
  }

  listWorkers(): Promise<WorkerTable[]> {
    return this.#db.selectFrom('workers').selectAll().orderBy('name').limit(1000).execute();
  }

  async touchWorker(tx: Tx, name: string, at: number): Promise<void> {
    await touch(tx, name, at);
  }

  async findClaim(claimId: string): Promise<ClaimTable | null> {
    const [row] = await selectClaim(this.#db, claimId);
    return row ?? null;
  }

  async saveClaim(tx: Tx, claim: ClaimTable): Promise<void> {
    const { claim_id, worker, run, attempt, phase, created_at } = claim;
    await insertClaim(tx, claim_id, worker, run, attempt, phase, created_at);
  }

  async dropClaims(before: number): Promise<void> {
    const held = this.#db.selectFrom('runs').select('id').where('lease_until', 'is not', null);
    await this.#db.deleteFrom('claims').where('created_at', '<', before).where('run', 'not in', held).execute();
  }

  async wantedCopies(runs: readonly string[]): Promise<string[]> {
    if (runs.length === 0) return [];
    const rows = await this.#db
      .selectFrom('runs')
      .select('id')
      .where('id', 'in', [...runs])
      .where('status', 'in', ['awaiting_approval', 'approved', 'applying', 'interrupted'])
      .execute();
    return rows.map((row) => row.id);
  }
}
