import type { Migration } from 'kysely/migration';

/** CDKTF: apps of repositories, syntheses as jobs, and the synthesised stacks that are kept. */
export const cdktfMigration: Migration = {
  async up(db) {
    await db.schema
      .createTable('cdktf_apps')
      .addColumn('repository', 'text', (c) => c.notNull())
      .addColumn('dir', 'text', (c) => c.notNull())
      .addColumn('settings', 'text', (c) => c.notNull())
      .addColumn('wanted_key', 'text', (c) => c.notNull())
      .addColumn('applied_key', 'text')
      .addColumn('is_silent', 'integer', (c) => c.notNull())
      .addPrimaryKeyConstraint('cdktf_apps_pk', ['repository', 'dir'])
      .execute();
    await db.schema
      .createTable('synths')
      .addColumn('key', 'text', (c) => c.primaryKey())
      .addColumn('repository', 'text', (c) => c.notNull())
      .addColumn('app', 'text', (c) => c.notNull())
      .addColumn('dir', 'text', (c) => c.notNull())
      .addColumn('commit_sha', 'text', (c) => c.notNull())
      .addColumn('job', 'text', (c) => c.notNull())
      .addColumn('status', 'text', (c) => c.notNull())
      .addColumn('attempt', 'integer', (c) => c.notNull())
      .addColumn('claim_id', 'text')
      .addColumn('worker', 'text')
      .addColumn('lease_until', 'bigint')
      .addColumn('not_before', 'bigint', (c) => c.notNull())
      .addColumn('error', 'text')
      .addColumn('created_at', 'bigint', (c) => c.notNull())
      .addColumn('finished_at', 'bigint')
      .execute();
    await db.schema.createIndex('synths_by_status').on('synths').columns(['status', 'not_before']).execute();
    await db.schema
      .createTable('synth_tars')
      .addColumn('digest', 'text', (c) => c.primaryKey())
      .addColumn('path', 'text', (c) => c.notNull())
      .addColumn('size', 'integer', (c) => c.notNull())
      .addColumn('created_at', 'bigint', (c) => c.notNull())
      .execute();
  },
};
