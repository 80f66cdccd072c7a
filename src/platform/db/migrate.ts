import { type Kysely, sql } from 'kysely';
import { type Migration, Migrator } from 'kysely/migration';
import { HoldfastError } from '../../kernel/errors.ts';
import { initialMigration } from './migrations/0001-initial.ts';
import { dependenciesMigration } from './migrations/0003-dependencies.ts';
import { cdktfMigration } from './migrations/0004-cdktf.ts';
import { driftMigration } from './migrations/0005-drift.ts';
import { planFilesMigration } from './migrations/0006-plan-files.ts';

/** Every migration by name, in order. A released one never changes. */
const MIGRATIONS: Readonly<Record<string, Migration>> = {
  '0001-initial': initialMigration,
  '0004-cdktf': cdktfMigration,
  '0005-drift': driftMigration,
  '0003-dependencies': dependenciesMigration,
  '0006-plan-files': planFilesMigration,
};

/**
 * Brings the database to this version. Throws `invalid` where a newer Holdfast has been at work: an older program must
 * not guess what newer rows mean.
 */
export async function migrate<T>(db: Kysely<T>): Promise<void> {
  await refuseNewer(db);
  const migrator = new Migrator({ db, provider: { getMigrations: async () => ({ ...MIGRATIONS }) } });
  const { error } = await migrator.migrateToLatest();
  if (error) throw new HoldfastError('internal', 'the database could not be migrated', { cause: error });
}

async function refuseNewer<T>(db: Kysely<T>): Promise<void> {
  const tables = await db.introspection.getTables({ withInternalKyselyTables: true });
  if (!tables.some((table) => table.name === 'kysely_migration')) return;
  const { rows } = await sql<{ name: string }>`select name from kysely_migration`.execute(db);
  const unknown = rows.map((row) => row.name).filter((name) => !(name in MIGRATIONS));
  if (unknown.length === 0) return;
  throw new HoldfastError('invalid', `this data_dir was written by a newer Holdfast (${unknown.join(', ')})`, {
    treatment: { kind: 'human', wayOut: 'start the newer version again, or use another data_dir' },
  });
}

/** Names of all migrations this version knows, in order. */
export function knownMigrations(): string[] {
  return Object.keys(MIGRATIONS);
}
