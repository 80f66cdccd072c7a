import type { Migration } from 'kysely/migration';

/** What a plan was made of, so that its apply can be held against it. */
export const planFilesMigration: Migration = {
  async up(db) {
    await db.schema.alterTable('runs').addColumn('tree_digest', 'text').execute();
  },
};
