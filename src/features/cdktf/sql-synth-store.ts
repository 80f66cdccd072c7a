import type { Database } from '../../platform/db/open-database.ts';
import type { CdktfAppTable, SynthTable } from '../../platform/db/schema-cdktf.ts';
import type { Tx } from '../runs/index.ts';
import type { AppRow, SynthStore } from './synth-store.ts';

/** `SynthStore` on the database. */
export class SqlSynthStore implements SynthStore {
  readonly #db: Database;

  constructor(db: Database) {
    this.#db = db;
  }

  apps(repository: string): Promise<CdktfAppTable[]> {
    return this.#db.selectFrom('cdktf_apps').selectAll().where('repository', '=', repository).orderBy('dir').execute();
  }

  states(): Promise<AppRow[]> {
    return this.#db
      .selectFrom('cdktf_apps as app')
      .leftJoin('synths as synth', 'synth.key', 'app.wanted_key')
      .select(['app.repository', 'app.dir', 'app.settings', 'app.wanted_key'])
      .select(['synth.status', 'synth.error', 'synth.commit_sha', 'synth.created_at', 'synth.finished_at'])
      .execute();
  }

  async saveApp(tx: Tx, app: CdktfAppTable): Promise<void> {
    const { repository: _repository, dir: _dir, ...set } = app;
    await tx
      .insertInto('cdktf_apps')
      .values(app)
      .onConflict((conflict) => conflict.columns(['repository', 'dir']).doUpdateSet(set))
      .execute();
  }

  async dropApp(tx: Tx, repository: string, dir: string): Promise<void> {
    await tx.deleteFrom('cdktf_apps').where('repository', '=', repository).where('dir', '=', dir).execute();
  }

  async find(key: string): Promise<SynthTable | null> {
    return (await this.#db.selectFrom('synths').selectAll().where('key', '=', key).executeTakeFirst()) ?? null;
  }

  async findIn(tx: Tx, key: string): Promise<SynthTable | null> {
    return (await tx.selectFrom('synths').selectAll().where('key', '=', key).executeTakeFirst()) ?? null;
  }

  async queue(tx: Tx, synth: SynthTable): Promise<void> {
    await tx
      .insertInto('synths')
      .values(synth)
      .onConflict((conflict) =>
        conflict
          .column('key')
          .doUpdateSet({ status: 'queued', attempt: 0, error: null, finished_at: null, not_before: synth.not_before })
          .where('synths.status', '=', 'failed'),
      )
      .execute();
  }

  due(at: number, limit: number): Promise<SynthTable[]> {
    const query = this.#db
      .selectFrom('synths')
      .selectAll()
      .where('status', '=', 'queued')
      .where('not_before', '<=', at);
    return query.orderBy('created_at').limit(limit).execute();
  }

  async findClaim(claimId: string): Promise<SynthTable | null> {
    const query = this.#db.selectFrom('synths').selectAll().where('claim_id', '=', claimId);
    return (await query.executeTakeFirst()) ?? null;
  }

  async change(tx: Tx, from: SynthTable, set: Partial<SynthTable>): Promise<boolean> {
    const { numUpdatedRows } = await tx
      .updateTable('synths')
      .set(set)
      .where('key', '=', from.key)
      .where('status', '=', from.status)
      .where('attempt', '=', from.attempt)
      .executeTakeFirst();
    return numUpdatedRows > 0n;
  }

  expired(at: number): Promise<SynthTable[]> {
    return this.#db
      .selectFrom('synths')
      .selectAll()
      .where('status', '=', 'running')
      .where('lease_until', '<', at)
      .execute();
  }

  async saveTar(tar: { digest: string; path: string; size: number; created_at: number }): Promise<void> {
    await this.#db
      .insertInto('synth_tars')
      .values(tar)
      .onConflict((conflict) => conflict.column('digest').doUpdateSet({ path: tar.path, created_at: tar.created_at }))
      .execute();
  }

  async findTar(digest: string): Promise<{ digest: string; path: string; size: number } | null> {
    const query = this.#db.selectFrom('synth_tars').selectAll().where('digest', '=', digest);
    return (await query.executeTakeFirst()) ?? null;
  }
}
