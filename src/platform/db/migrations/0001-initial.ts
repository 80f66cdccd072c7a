import { type Kysely, sql } from 'kysely';
import type { Migration } from 'kysely/migration';
import { createKeepingTables } from './0001-keeping.ts';
import { createRunTables } from './0001-runs.ts';
import { createSourceTables } from './0001-sources.ts';

/** The first schema: `schema.ts` describes every column. */
export const initialMigration: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    await db.schema
      .createTable('meta')
      .addColumn('key', 'text', (c) => c.primaryKey())
      .addColumn('value', 'text', (c) => c.notNull())
      .execute();
    await createSourceTables(db);
    await createRunTables(db);
    await createKeepingTables(db);
    await sql`insert into meta (key, value) values ('schema', '1')`.execute(db);
  },
};
