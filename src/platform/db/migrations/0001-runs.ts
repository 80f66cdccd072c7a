import { type Kysely, sql } from 'kysely';
import { MOVING } from '../../../kernel/run-status.ts';

/** Runs with their invariants, claims, workers, audit. */
export async function createRunTables(db: Kysely<unknown>): Promise<void> {
  await createRuns(db);
  await createRunIndexes(db);
  await db.schema
    .createTable('claims')
    .addColumn('claim_id', 'text', (c) => c.primaryKey())
    .addColumn('worker', 'text', (c) => c.notNull())
    .addColumn('run', 'text', (c) => c.notNull())
    .addColumn('attempt', 'integer', (c) => c.notNull())
    .addColumn('phase', 'text', (c) => c.notNull())
    .addColumn('created_at', 'bigint', (c) => c.notNull())
    .execute();
  await db.schema.createIndex('claims_created').on('claims').column('created_at').execute();
  await db.schema
    .createTable('workers')
    .addColumn('name', 'text', (c) => c.primaryKey())
    .addColumn('host', 'text', (c) => c.notNull())
    .addColumn('boot_id', 'text', (c) => c.notNull())
    .addColumn('root_id', 'text', (c) => c.notNull())
    .addColumn('root', 'text', (c) => c.notNull())
    .addColumn('version', 'text', (c) => c.notNull())
    .addColumn('concurrency', 'integer', (c) => c.notNull())
    .addColumn('first_seen_at', 'bigint', (c) => c.notNull())
    .addColumn('seen_at', 'bigint', (c) => c.notNull())
    .execute();
  await db.schema
    .createTable('audit')
    .addColumn('id', 'integer', (c) => c.primaryKey().autoIncrement())
    .addColumn('at', 'bigint', (c) => c.notNull())
    .addColumn('actor', 'text', (c) => c.notNull())
    .addColumn('action', 'text', (c) => c.notNull())
    .addColumn('subject', 'text', (c) => c.notNull())
    .addColumn('stack', 'text')
    .addColumn('facts', 'text', (c) => c.notNull())
    .execute();
  await db.schema.createIndex('audit_subject').on('audit').columns(['subject', 'id']).execute();
}

async function createRuns(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('runs')
    .addColumn('id', 'text', (c) => c.primaryKey())
    .addColumn('stack', 'text', (c) => c.notNull())
    .addColumn('repository', 'text', (c) => c.notNull())
    .addColumn('commit_sha', 'text', (c) => c.notNull())
    .addColumn('base_commit', 'text')
    .addColumn('kind', 'text', (c) => c.notNull())
    .addColumn('trigger', 'text', (c) => c.notNull())
    .addColumn('speculative', 'integer', (c) => c.notNull())
    .addColumn('attempt', 'integer', (c) => c.notNull())
    .addColumn('status', 'text', (c) => c.notNull())
    .addColumn('version', 'integer', (c) => c.notNull())
    .addColumn('author', 'text')
    .addColumn('message', 'text')
    .addColumn('reasons', 'text', (c) => c.notNull())
    .addColumn('reason', 'text')
    .addColumn('error', 'text')
    .addColumn('spec_digest', 'text', (c) => c.notNull())
    .addColumn('inputs_digest', 'text', (c) => c.notNull())
    .addColumn('summary', 'text')
    .addColumn('plan_digest', 'text')
    .addColumn('plan_state', 'text')
    .addColumn('new_state', 'integer', (c) => c.notNull().defaultTo(0))
    .addColumn('approved_by', 'text')
    .addColumn('approved_at', 'bigint')
    .addColumn('worker', 'text')
    .addColumn('engine_version', 'text')
    .addColumn('process', 'text')
    .addColumn('root', 'text')
    .addColumn('lease_until', 'bigint')
    .addColumn('cancel_by', 'text')
    .addColumn('cancel_at', 'bigint')
    .addColumn('created_at', 'bigint', (c) => c.notNull())
    .addColumn('started_at', 'bigint')
    .addColumn('finished_at', 'bigint')
    .addColumn('updated_at', 'bigint', (c) => c.notNull())
    .addColumn('end', 'text')
    .addColumn('next_step', 'text')
    .addColumn('orphans', 'text')
    .addColumn('log_size', 'integer', (c) => c.notNull().defaultTo(0))
    .execute();
}

async function createRunIndexes(db: Kysely<unknown>): Promise<void> {
  const moving = sql.join(MOVING.map((status) => sql.lit(status)));
  // The database itself refuses a second moving run of a stack, whatever the program believes.
  await sql`create unique index one_moving_per_stack on runs (stack) where status in (${moving})`.execute(db);
  await sql`create unique index one_queued_per_stack on runs (stack, speculative) where status = 'queued' and kind <> 'drift'`.execute(
    db,
  );
  await sql`create unique index one_queued_drift_per_stack on runs (stack) where status = 'queued' and kind = 'drift'`.execute(
    db,
  );
  await sql`create unique index one_waiting_per_stack on runs (stack) where status = 'awaiting_approval'`.execute(db);
  await db.schema.createIndex('runs_by_stack').on('runs').columns(['stack', 'id']).execute();
  await db.schema.createIndex('runs_by_status').on('runs').columns(['status', 'id']).execute();
  await db.schema.createIndex('runs_finished').on('runs').column('finished_at').execute();
  await db.schema.createIndex('runs_by_commit').on('runs').columns(['repository', 'commit_sha']).execute();
}
