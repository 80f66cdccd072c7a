import { sql } from 'kysely';
import type { Tx } from '../runs/index.ts';

/** Tables whose `stack` is the name of what a row belongs to, and goes with it. */
export const RENAMED_TABLES = ['runs', 'locks', 'run_tokens', 'dependencies'] as const;

/**
 * Gives everything that belongs to a stack another name: runs, state, locks, what it needs. A row that has the name is
 * replaced (the caller knows that it stands for nothing); its old states stay as the older ones. What people were told,
 * and the audit, go on naming what was.
 */
export async function renameStack(tx: Tx, from: string, to: string): Promise<void> {
  await tx.deleteFrom('stacks').where('name', '=', to).execute();
  await tx.deleteFrom('dependencies').where('stack', '=', to).execute();
  await tx.updateTable('stacks').set({ name: to }).where('name', '=', from).execute();
  for (const table of RENAMED_TABLES) {
    await sql`update ${sql.table(table)} set stack = ${to} where stack = ${from}`.execute(tx);
  }
  await tx.updateTable('dependencies').set({ needs: to }).where('needs', '=', from).execute();
  const newest = await tx
    .selectFrom('state_versions')
    .select((eb) => eb.fn.max('sequence').as('sequence'))
    .where('stack', '=', to)
    .executeTakeFirst();
  const offset = newest?.sequence ?? 0;
  await tx
    .updateTable('state_versions')
    .set((eb) => ({
      stack: to,
      sequence: eb('sequence', '+', offset),
      // The bytes are sealed under the name they were received under.
      sealed_as: eb.fn.coalesce('sealed_as', eb.val(from)),
    }))
    .where('stack', '=', from)
    .execute();
}
