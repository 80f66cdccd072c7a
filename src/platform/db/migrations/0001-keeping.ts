import type { Kysely } from 'kysely';

/** Artifacts, tokens, states, locks, notifications. */
export async function createKeepingTables(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('artifacts')
    .addColumn('run', 'text', (c) => c.notNull())
    .addColumn('kind', 'text', (c) => c.notNull())
    .addColumn('attempt', 'integer', (c) => c.notNull())
    .addColumn('digest', 'text', (c) => c.notNull())
    .addColumn('size', 'bigint', (c) => c.notNull())
    .addColumn('path', 'text', (c) => c.notNull())
    .addColumn('created_at', 'bigint', (c) => c.notNull())
    .addColumn('expires_at', 'bigint')
    .addPrimaryKeyConstraint('artifacts_key', ['run', 'kind', 'attempt'])
    .execute();
  await db.schema.createIndex('artifacts_expiry').on('artifacts').column('expires_at').execute();
  await db.schema
    .createTable('run_tokens')
    .addColumn('digest', 'text', (c) => c.primaryKey())
    .addColumn('run', 'text', (c) => c.notNull())
    .addColumn('stack', 'text', (c) => c.notNull())
    .addColumn('phase', 'text', (c) => c.notNull())
    .addColumn('created_at', 'bigint', (c) => c.notNull())
    .addColumn('ended_at', 'bigint')
    .execute();
  await db.schema.createIndex('run_tokens_run').on('run_tokens').column('run').execute();
  await createStateTables(db);
  await createNotifications(db);
}

async function createStateTables(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('state_versions')
    .addColumn('stack', 'text', (c) => c.notNull())
    .addColumn('sequence', 'integer', (c) => c.notNull())
    .addColumn('serial', 'bigint', (c) => c.notNull())
    .addColumn('lineage', 'text', (c) => c.notNull())
    .addColumn('digest', 'text', (c) => c.notNull())
    .addColumn('md5', 'text', (c) => c.notNull())
    .addColumn('size', 'bigint', (c) => c.notNull())
    .addColumn('path', 'text', (c) => c.notNull())
    .addColumn('run', 'text')
    .addColumn('who', 'text', (c) => c.notNull())
    .addColumn('terraform_version', 'text')
    .addColumn('created_at', 'bigint', (c) => c.notNull())
    .addPrimaryKeyConstraint('state_versions_key', ['stack', 'sequence'])
    .execute();
  await db.schema.createIndex('state_versions_serial').on('state_versions').columns(['stack', 'serial']).execute();
  await db.schema
    .createTable('locks')
    .addColumn('stack', 'text', (c) => c.primaryKey())
    .addColumn('run', 'text')
    .addColumn('lock_id', 'text', (c) => c.notNull())
    .addColumn('holder', 'text', (c) => c.notNull())
    .addColumn('operation', 'text', (c) => c.notNull())
    .addColumn('info', 'text', (c) => c.notNull())
    .addColumn('since', 'bigint', (c) => c.notNull())
    .execute();
}

async function createNotifications(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('notifications')
    .addColumn('sequence', 'integer', (c) => c.primaryKey().autoIncrement())
    .addColumn('id', 'text', (c) => c.notNull().unique())
    .addColumn('channel', 'text', (c) => c.notNull())
    .addColumn('event', 'text', (c) => c.notNull())
    .addColumn('repository', 'text')
    .addColumn('stack', 'text')
    .addColumn('run', 'text')
    .addColumn('body', 'text', (c) => c.notNull())
    .addColumn('status', 'text', (c) => c.notNull())
    .addColumn('attempts', 'integer', (c) => c.notNull().defaultTo(0))
    .addColumn('next_attempt_at', 'bigint', (c) => c.notNull())
    .addColumn('last_error', 'text')
    .addColumn('created_at', 'bigint', (c) => c.notNull())
    .addColumn('delivered_at', 'bigint')
    .execute();
  await db.schema
    .createIndex('notifications_due')
    .on('notifications')
    .columns(['status', 'channel', 'sequence'])
    .execute();
  await db.schema.createIndex('notifications_run').on('notifications').column('run').execute();
}
