import { type Kysely, sql } from 'kysely';
import type { Migration } from 'kysely/migration';

/** Deleted stacks until nothing is left of them, what stacks need of each other, and runs that wait for that. */
export const dependenciesMigration: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    await db.schema.alterTable('stacks').addColumn('retired_at', 'bigint').execute();
    await db.schema.alterTable('stacks').addColumn('deletion', 'text').execute();
    await db.schema.alterTable('stacks').addColumn('outputs_due', 'text').execute();
    // What was never applied left nothing behind; of all others nobody knows, so they are shown again.
    await sql`update stacks set retired_at = deleted_at where deleted_at is not null and applied_commit is null
      and name not in (select stack from state_versions)`.execute(db);
    await db.schema.alterTable('runs').addColumn('waits_on', 'text').execute();
    await db.schema.alterTable('runs').addColumn('waits_since', 'bigint').execute();
    await db.schema.alterTable('runs').addColumn('waits_told_at', 'bigint').execute();
    await db.schema.alterTable('runs').addColumn('provisional', 'text').execute();
    await db.schema.alterTable('state_versions').addColumn('sealed_as', 'text').execute();
    await db.schema
      .createTable('dependencies')
      .addColumn('stack', 'text', (c) => c.notNull())
      .addColumn('needs', 'text', (c) => c.notNull())
      .addColumn('via', 'text', (c) => c.notNull())
      .addColumn('repository', 'text', (c) => c.notNull())
      .addColumn('outputs', 'text')
      .addColumn('evidence', 'text', (c) => c.notNull())
      .addPrimaryKeyConstraint('dependencies_key', ['stack', 'needs', 'via'])
      .execute();
    await db.schema.createIndex('dependencies_needs').on('dependencies').column('needs').execute();
    await db.schema.createIndex('dependencies_repository').on('dependencies').column('repository').execute();
  },
};
