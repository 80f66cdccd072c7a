import { type Kysely, sql } from 'kysely';
import type { Migration } from 'kysely/migration';

/** An hour: the interval where nobody says another one. The loop corrects it from the configuration. */
const EVERY_MS = 3_600_000;

/** Checks, findings and reports of drift: `drift-tables.ts` describes every column. Stacks that were applied are due at once. */
export const driftMigration: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    await createStacks(db);
    await createFindings(db);
    await db.schema
      .createTable('drift_reports')
      .addColumn('id', 'text', (c) => c.primaryKey())
      .addColumn('due_at', 'bigint', (c) => c.notNull())
      .addColumn('at', 'bigint', (c) => c.notNull())
      .addColumn('late', 'integer', (c) => c.notNull())
      .addColumn('body', 'text', (c) => c.notNull())
      .execute();
    await db.schema.createIndex('drift_reports_at').on('drift_reports').column('at').execute();
    await adoptApplied(db);
  },
};

async function createStacks(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('drift_stacks')
    .addColumn('stack', 'text', (c) => c.primaryKey())
    .addColumn('repository', 'text', (c) => c.notNull())
    .addColumn('base_run', 'text', (c) => c.notNull())
    .addColumn('base_commit', 'text', (c) => c.notNull())
    .addColumn('base_spec', 'text', (c) => c.notNull())
    .addColumn('base_inputs', 'text', (c) => c.notNull())
    .addColumn('base_applied', 'integer', (c) => c.notNull())
    .addColumn('every_ms', 'bigint', (c) => c.notNull())
    .addColumn('next_at', 'bigint', (c) => c.notNull())
    .addColumn('status', 'text', (c) => c.notNull())
    .addColumn('turned_at', 'bigint', (c) => c.notNull())
    .addColumn('checked_at', 'bigint')
    .addColumn('run', 'text')
    .addColumn('error', 'text')
    .addColumn('findings', 'integer', (c) => c.notNull().defaultTo(0))
    .addColumn('explained', 'text', (c) => c.notNull().defaultTo('[]'))
    .addColumn('told_error', 'text')
    .addColumn('halted_at', 'bigint')
    .execute();
  await db.schema.createIndex('drift_stacks_next').on('drift_stacks').column('next_at').execute();
  await db.schema.createIndex('drift_stacks_turned').on('drift_stacks').column('turned_at').execute();
  await db.schema.createIndex('drift_stacks_run').on('drift_stacks').column('base_run').execute();
}

async function createFindings(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('drift_findings')
    .addColumn('id', 'text', (c) => c.primaryKey())
    .addColumn('stack', 'text', (c) => c.notNull())
    .addColumn('address', 'text', (c) => c.notNull())
    .addColumn('type', 'text', (c) => c.notNull())
    .addColumn('action', 'text', (c) => c.notNull())
    .addColumn('class', 'text', (c) => c.notNull())
    .addColumn('attributes', 'text', (c) => c.notNull())
    .addColumn('fingerprint', 'text', (c) => c.notNull())
    .addColumn('state', 'text', (c) => c.notNull())
    .addColumn('first_seen', 'bigint', (c) => c.notNull())
    .addColumn('last_seen', 'bigint', (c) => c.notNull())
    .addColumn('times_seen', 'integer', (c) => c.notNull())
    .addColumn('run', 'text', (c) => c.notNull())
    .addColumn('cleared_at', 'bigint')
    .addColumn('told', 'text')
    .addColumn('ack_by', 'text')
    .addColumn('ack_reason', 'text')
    .addColumn('ack_at', 'bigint')
    .addColumn('ack_until', 'bigint')
    .addColumn('remediated_at', 'bigint')
    .execute();
  // Of one resource there is one open finding, whatever the program believes.
  await sql`create unique index one_open_finding on drift_findings (stack, address) where cleared_at is null`.execute(
    db,
  );
  await db.schema
    .createIndex('drift_findings_history')
    .on('drift_findings')
    .columns(['stack', 'address', 'first_seen'])
    .execute();
  await db.schema.createIndex('drift_findings_cleared').on('drift_findings').column('cleared_at').execute();
}

async function adoptApplied(db: Kysely<unknown>): Promise<void> {
  await sql`
    insert into drift_stacks (stack, repository, base_run, base_commit, base_spec, base_inputs, base_applied, every_ms, next_at, status, turned_at)
    select stacks.name, stacks.repository, runs.id, stacks.applied_commit, stacks.applied_spec, runs.inputs_digest, 1, ${EVERY_MS}, 0, 'unknown', 0
    from stacks join runs on runs.id = stacks.applied_run
    where stacks.applied_commit is not null and stacks.applied_spec is not null`.execute(db);
}
