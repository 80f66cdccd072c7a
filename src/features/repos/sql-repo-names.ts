import type { Transaction } from 'kysely';
import type { DatabaseSchema } from '../../platform/db/schema.ts';

/** Everything that names a repository names it anew: heads, stacks, runs, messages, apps and what they need. */
export async function renameRepository(tx: Transaction<DatabaseSchema>, from: string, to: string): Promise<void> {
  await tx.updateTable('repositories').set({ name: to }).where('name', '=', from).execute();
  for (const table of NAMING)
    await tx.updateTable(table).set({ repository: to }).where('repository', '=', from).execute();
}

const NAMING = ['heads', 'stacks', 'runs', 'notifications', 'dependencies', 'cdktf_apps', 'synths'] as const;
