import { chmodSync, closeSync, mkdirSync, openSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { Kysely, SqliteDialect } from 'kysely';
import { HoldfastError } from '../../kernel/errors.ts';
import { migrate } from './migrate.ts';
import { adaptNodeSqlite } from './node-sqlite.ts';
import type { DatabaseSchema } from './schema.ts';

export type Database = Kysely<DatabaseSchema>;

export interface OpenSqliteOptions {
  /** File path, or `:memory:`. */
  readonly file: string;
  /**
   * Whether this process alone may open it (default true). Only the tests that race two processes against each other
   * leave it out.
   */
  readonly exclusive?: boolean;
}

/**
 * Opens (and makes, and migrates) the embedded database: WAL, synchronous=FULL, one opener. Throws `conflict` when
 * another process has it, `invalid` when a newer Holdfast wrote it.
 */
export async function openDatabase(options: OpenSqliteOptions): Promise<Database> {
  const file = openFile(options);
  const db = new Kysely<DatabaseSchema>({ dialect: new SqliteDialect({ database: adaptNodeSqlite(file) }) });
  try {
    await migrate(db);
  } catch (error) {
    await db.destroy();
    throw error;
  }
  return db;
}

function openFile(options: OpenSqliteOptions): DatabaseSync {
  if (options.file !== ':memory:') makeFile(options.file);
  const file = new DatabaseSync(options.file);
  try {
    if (options.exclusive === false) file.exec('PRAGMA busy_timeout=20000');
    // The order matters: after journal_mode, or before the first read, a second opener reads and writes happily.
    else file.exec('PRAGMA locking_mode=EXCLUSIVE');
    file.exec('PRAGMA journal_mode=WAL');
    file.exec('PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON; PRAGMA temp_store=MEMORY; PRAGMA cache_size=-8192');
    // Takes the exclusive lock now and not with the first query of somebody.
    file.exec('BEGIN IMMEDIATE; PRAGMA user_version; COMMIT');
    if (options.file !== ':memory:') chmodSync(options.file, 0o600);
    return file;
  } catch (error) {
    file.close();
    throw openError(error, options.file);
  }
}

/** Made before SQLite opens it: -wal and -shm get the rights of the file they belong to. */
function makeFile(file: string): void {
  try {
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
    closeSync(openSync(file, 'a', 0o600));
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOSPC' || code === 'EMFILE') throw error;
    throw new HoldfastError('invalid', `data_dir ${dirname(file)} cannot be written to (${code})`, {
      treatment: { kind: 'human', wayOut: 'let this user write there, or name another folder with `data_dir`' },
      cause: error,
    });
  }
}

/** What a failure to open means to people: in use, not a database, or as it came. */
export function openError(error: unknown, file: string): unknown {
  const code = (error as { errcode?: number }).errcode;
  if (code !== undefined && (code & 0xff) === 5) {
    return new HoldfastError('conflict', `the database ${file} is in use by another process`, {
      treatment: { kind: 'human', wayOut: 'stop the other instance, or give this one a data_dir of its own' },
      cause: error,
    });
  }
  if (code === 26) {
    return new HoldfastError('invalid', `${file} is not a database`, {
      treatment: { kind: 'human', wayOut: 'move the file away, or set data_dir to another folder' },
      cause: error,
    });
  }
  return error;
}
