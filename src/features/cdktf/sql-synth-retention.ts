import type { Database } from '../../platform/db/open-database.ts';
import type { SynthRetentionStore } from './synth-retention.ts';

/** `SynthRetentionStore` on the database. */
export class SqlSynthRetention implements SynthRetentionStore {
  readonly #db: Database;

  constructor(db: Database) {
    this.#db = db;
  }

  async deleteSynths(before: number, limit: number): Promise<string[]> {
    const old = this.#db
      .selectFrom('synths')
      .select('key')
      .where('status', 'in', ['done', 'failed'])
      .where('finished_at', '<', before)
      .where((eb) =>
        eb.not(
          eb.exists(
            eb
              .selectFrom('cdktf_apps')
              .select('dir')
              .where((e) =>
                e.or([e('applied_key', '=', e.ref('synths.key')), e('wanted_key', '=', e.ref('synths.key'))]),
              ),
          ),
        ),
      );
    const rows = await this.#db.deleteFrom('synths').where('key', 'in', old.limit(limit)).returning('key').execute();
    return rows.map(({ key }) => key);
  }

  oldTars(before: number, limit: number) {
    const query = this.#db.selectFrom('synth_tars').select(['digest', 'path']).where('created_at', '<', before);
    return query.orderBy('created_at').limit(limit).execute();
  }

  async isInSpec(digest: string): Promise<boolean> {
    const query = this.#db.selectFrom('specs').select('digest').where('body', 'like', `%"synth":"${digest}"%`);
    return (await query.limit(1).executeTakeFirst()) !== undefined;
  }

  async touchTar(digest: string, at: number): Promise<void> {
    await this.#db.updateTable('synth_tars').set({ created_at: at }).where('digest', '=', digest).execute();
  }

  async deleteTar(digest: string, before: number): Promise<boolean> {
    const query = this.#db.deleteFrom('synth_tars').where('digest', '=', digest).where('created_at', '<', before);
    return (await query.executeTakeFirst()).numDeletedRows > 0n;
  }

  async appliedKeys(): Promise<string[]> {
    const rows = await this.#db
      .selectFrom('cdktf_apps')
      .select('applied_key as key')
      .where('applied_key', 'is not', null)
      .union(this.#db.selectFrom('cdktf_apps').select('wanted_key as key'))
      .execute();
    return rows.flatMap(({ key }) => key ?? []);
  }

  async knownPaths(paths: readonly string[]): Promise<ReadonlySet<string>> {
    const rows = await this.#db.selectFrom('synth_tars').select('path').where('path', 'in', paths).execute();
    return new Set(rows.map(({ path }) => path));
  }
}
