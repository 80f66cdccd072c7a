import type { StackTable } from '../../platform/db/schema.ts';
import type { Tx } from '../runs/index.ts';
import type { StackStore } from './stack-store.ts';

/** How many rows or names go into one statement: SQLite takes 32,766 values. */
const CHUNK = 500;

/** `StackStore` on the database. */
export class SqlStackStore implements StackStore {
  ofRepository(tx: Tx, repository: string): Promise<StackTable[]> {
    return tx.selectFrom('stacks').selectAll().where('repository', '=', repository).execute();
  }

  async takenElsewhere(tx: Tx, repository: string, names: readonly string[]): Promise<Map<string, string>> {
    const out = new Map<string, string>();
    for (let i = 0; i < names.length; i += CHUNK) {
      const rows = await tx
        .selectFrom('stacks')
        .select(['name', 'repository'])
        .where('name', 'in', names.slice(i, i + CHUNK))
        .where('repository', '<>', repository)
        .where('deleted_at', 'is', null)
        .execute();
      for (const row of rows) out.set(row.name, row.repository);
    }
    return out;
  }

  async save(tx: Tx, rows: readonly StackTable[]): Promise<void> {
    for (let i = 0; i < rows.length; i += CHUNK) {
      await tx
        .insertInto('stacks')
        .values(rows.slice(i, i + CHUNK))
        .onConflict((conflict) =>
          conflict.column('name').doUpdateSet((eb) => ({
            repository: eb.ref('excluded.repository'),
            dir: eb.ref('excluded.dir'),
            workspace: eb.ref('excluded.workspace'),
            engine: eb.ref('excluded.engine'),
            entry: eb.ref('excluded.entry'),
            inputs_digest: eb.ref('excluded.inputs_digest'),
            head_commit: eb.ref('excluded.head_commit'),
            unreadable: eb.ref('excluded.unreadable'),
            held: eb.ref('excluded.held'),
            deleted_at: eb.ref('excluded.deleted_at'),
            updated_at: eb.ref('excluded.updated_at'),
          })),
        )
        .execute();
    }
  }
}
