import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { SqliteDatabase, SqliteStatement } from 'kysely';

const STATEMENT_CACHE = 300;

/** What node:sqlite takes as a parameter. */
type Parameter = null | number | bigint | string | Uint8Array;

/**
 * node:sqlite in the shape that Kysely's SQLite dialect wants. Prepared statements are kept (at most 300, oldest out).
 * Every transaction begins IMMEDIATE: a read that later writes would otherwise fail with "database is locked".
 */
export function adaptNodeSqlite(database: DatabaseSync): SqliteDatabase {
  const cache = new Map<string, SqliteStatement>();
  return {
    close: () => database.close(),
    prepare(sql) {
      const text = sql === 'begin' ? 'begin immediate' : sql;
      const known = cache.get(text);
      if (known) return known;
      const statement = adaptStatement(database.prepare(text));
      cache.set(text, statement);
      if (cache.size > STATEMENT_CACHE) cache.delete(cache.keys().next().value as string);
      return statement;
    },
  };
}

function adaptStatement(statement: StatementSync): SqliteStatement {
  return {
    reader: statement.columns().length > 0,
    all: (parameters) => statement.all(...(parameters as Parameter[])),
    run: (parameters) => statement.run(...(parameters as Parameter[])),
    iterate: (parameters) => statement.iterate(...(parameters as Parameter[])),
  };
}
