import type { Kysely } from 'kysely';

/** Repositories, heads, stacks, specs, the cache of parsed files. */
export async function createSourceTables(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('repositories')
    .addColumn('name', 'text', (c) => c.primaryKey())
    .addColumn('url', 'text', (c) => c.notNull())
    .addColumn('branch', 'text', (c) => c.notNull())
    .addColumn('status', 'text', (c) => c.notNull())
    .addColumn('head_commit', 'text')
    .addColumn('processed_commit', 'text')
    .addColumn('error', 'text')
    .addColumn('config_error', 'text')
    .addColumn('failures', 'integer', (c) => c.notNull().defaultTo(0))
    .addColumn('polled_at', 'bigint')
    .addColumn('next_poll_at', 'bigint', (c) => c.notNull().defaultTo(0))
    .addColumn('hint_at', 'bigint')
    .execute();
  await db.schema
    .createTable('heads')
    .addColumn('id', 'integer', (c) => c.primaryKey().autoIncrement())
    .addColumn('repository', 'text', (c) => c.notNull())
    .addColumn('commit_sha', 'text', (c) => c.notNull())
    .addColumn('seen_at', 'bigint', (c) => c.notNull())
    .addColumn('processed_at', 'bigint')
    .addColumn('error', 'text')
    .execute();
  await db.schema.createIndex('heads_open').on('heads').columns(['repository', 'processed_at', 'id']).execute();
  await db.schema
    .createTable('stacks')
    .addColumn('name', 'text', (c) => c.primaryKey())
    .addColumn('repository', 'text', (c) => c.notNull())
    .addColumn('dir', 'text', (c) => c.notNull())
    .addColumn('workspace', 'text', (c) => c.notNull())
    .addColumn('engine', 'text', (c) => c.notNull())
    .addColumn('entry', 'text', (c) => c.notNull())
    .addColumn('inputs_digest', 'text', (c) => c.notNull())
    .addColumn('head_commit', 'text', (c) => c.notNull())
    .addColumn('applied_commit', 'text')
    .addColumn('applied_run', 'text')
    .addColumn('applied_spec', 'text')
    .addColumn('unreadable', 'text')
    .addColumn('held', 'text')
    .addColumn('blocked', 'text')
    .addColumn('deleted_at', 'bigint')
    .addColumn('created_at', 'bigint', (c) => c.notNull())
    .addColumn('updated_at', 'bigint', (c) => c.notNull())
    .execute();
  await db.schema.createIndex('stacks_repository').on('stacks').columns(['repository', 'dir']).execute();
  await db.schema
    .createTable('specs')
    .addColumn('digest', 'text', (c) => c.primaryKey())
    .addColumn('body', 'text', (c) => c.notNull())
    .addColumn('created_at', 'bigint', (c) => c.notNull())
    .execute();
  await db.schema
    .createTable('parse_cache')
    .addColumn('blob', 'text', (c) => c.notNull())
    .addColumn('version', 'integer', (c) => c.notNull())
    .addColumn('body', 'text', (c) => c.notNull())
    .addColumn('used_at', 'bigint', (c) => c.notNull())
    .addPrimaryKeyConstraint('parse_cache_key', ['blob', 'version'])
    .execute();
  await db.schema.createIndex('parse_cache_used').on('parse_cache').column('used_at').execute();
}
