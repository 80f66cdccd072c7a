import type { DeletedStack, Tx } from '../runs/index.ts';

/** A destroy that is held back, and the push that deleted its stack. */
export interface HeldDeletion {
  /** When it was deleted, ms. */
  readonly since: number;
  readonly repository: string;
  readonly author: string;
  readonly message: string;
  readonly stack: DeletedStack;
}

/** Deletions that are held back, by name. */
export async function selectHeldDeletions(tx: Tx): Promise<HeldDeletion[]> {
  const rows = await tx
    .selectFrom('stacks')
    .select(['name', 'deletion'])
    .where('deletion', 'is not', null)
    .where('deleted_at', 'is not', null)
    .where('retired_at', 'is', null)
    .orderBy('name')
    .execute();
  return rows.map(({ name, deletion }) => {
    const held: HeldDeletion = JSON.parse(deletion ?? '');
    // It may have been given another name since.
    return { ...held, stack: { ...held.stack, name } };
  });
}

/** Lets a deletion go on: its stack is no longer held. */
export async function clearDeletion(tx: Tx, stack: string, at: number): Promise<void> {
  await tx
    .updateTable('stacks')
    .set({ deletion: null, held: null, updated_at: at })
    .where('name', '=', stack)
    .execute();
}
