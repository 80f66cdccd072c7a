import { statSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { HoldfastError } from '../../kernel/errors.ts';
import { knownMigrations } from './migrate.ts';
import { openError } from './open-database.ts';

/** What a look at the embedded database shows. */
export interface DatabaseProbe {
  /** Bytes of its main file; null: there is none yet. */
  readonly size: number | null;
  /** Migrations that the next start will make. */
  readonly pending: number;
}

/** Looks at an embedded database without writing. Throws `conflict` where it is in use, `invalid` where it is not ours. */
export function probeDatabase(file: string): DatabaseProbe {
  const size = statSync(file, { throwIfNoEntry: false })?.size ?? null;
  const known = knownMigrations();
  if (size === null) return { size, pending: known.length };
  const done = readMigrations(file);
  const newer = done.filter((name) => !known.includes(name));
  if (newer.length > 0) {
    throw new HoldfastError('invalid', `${file} was written by a newer Holdfast (${newer.join(', ')})`, {
      treatment: { kind: 'human', wayOut: 'start the newer version again, or use another data_dir' },
    });
  }
  return { size, pending: known.length - done.length };
}

function readMigrations(file: string): string[] {
  const db = new DatabaseSync(file, { readOnly: true });
  try {
    const tables = db.prepare("select 1 from sqlite_master where name = 'kysely_migration'").all();
    if (tables.length === 0) return [];
    return db
      .prepare('select name from kysely_migration')
      .all()
      .map((row) => String(row.name));
  } catch (error) {
    throw openError(error, file);
  } finally {
    db.close();
  }
}
