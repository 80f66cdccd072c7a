import { sql } from 'kysely';
import type { RunStatus } from '../../kernel/run-status.ts';
import type { StackEntry } from '../../kernel/stack-entry.ts';
import type { StackTable } from '../../platform/db/schema.ts';
import type { Tx } from '../runs/index.ts';

/** Tables whose `stack` is the name of what a row belongs to, and goes with it. */
export const RENAMED_TABLES = [
  'runs',
  'locks',
  'run_tokens',
  'dependencies',
  'drift_stacks',
  'drift_findings',
] as const;

/** Of these, those that say how the stack of a name is now: what the name stood for before is over. */
const PRESENT_TABLES = ['dependencies', 'drift_stacks', 'drift_findings'] as const;

/**
 * Gives everything that belongs to a stack another name: runs, state, locks, what it needs. A row that has the name is
 * replaced (the caller knows that it stands for nothing); its old states stay as the older ones. What people were told,
 * and the audit, go on naming what was.
 */
export async function renameStack(tx: Tx, from: string, to: string): Promise<void> {
  await tx.deleteFrom('stacks').where('name', '=', to).execute();
  for (const table of PRESENT_TABLES) await sql`delete from ${sql.table(table)} where stack = ${to}`.execute(tx);
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

/** Both rows of a move, and what stands in its way. */
export async function readMoveFacts(tx: Tx, from: string, to: string, open: readonly RunStatus[]) {
  const names = [from, to];
  const rows = await tx.selectFrom('stacks').selectAll().where('name', 'in', names).execute();
  const openRun = await tx
    .selectFrom('runs')
    .select(['id', 'stack'])
    .where('stack', 'in', names)
    .where('status', 'in', [...open])
    .limit(1)
    .executeTakeFirst();
  const lock = await tx
    .selectFrom('locks')
    .select(['stack', 'holder'])
    .where('stack', 'in', names)
    .limit(1)
    .executeTakeFirst();
  return {
    source: rows.find(({ name }) => name === from) ?? null,
    target: rows.find(({ name }) => name === to) ?? null,
    openRun: openRun ?? null,
    lock: lock ?? null,
  };
}

/** After a rename: the row is what the head says of that name; where it says nothing, it is held until it does. */
export async function settleMoved(
  tx: Tx,
  name: string,
  { target, held, at }: { readonly target: StackTable | null; readonly held: string; readonly at: number },
): Promise<void> {
  const entry = target && (JSON.parse(target.entry) as StackEntry);
  const atHead =
    target && entry
      ? {
          ...{ dir: entry.dir, workspace: entry.workspace, engine: target.engine, entry: target.entry },
          ...{ inputs_digest: target.inputs_digest, head_commit: target.head_commit, unreadable: target.unreadable },
          ...{ held: null, deleted_at: null, deletion: null },
        }
      : { held };
  await tx
    .updateTable('stacks')
    .set({ ...atHead, updated_at: at })
    .where('name', '=', name)
    .execute();
}
