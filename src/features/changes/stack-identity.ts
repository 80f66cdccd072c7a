import type { StackTable } from '../../platform/db/schema.ts';
import type { StackNode } from '../stacks/index.ts';
import { type HeadInput, isBound, isSamePlace } from './head-decision.ts';

/** Who a stack of the head is, seen from what was known before. */
export type Identity =
  /** Itself, or somebody new. `replaces`: a row without a state that had the same place under another name. */
  | { readonly kind: 'own'; readonly replaces: StackTable | null }
  /** Git moved its directory: what `from` made is its own (the same row where only the place is another). */
  | { readonly kind: 'moved'; readonly from: StackTable }
  /** A plan could create everything anew under another name or in another place. */
  | { readonly kind: 'held'; readonly reason: string };

/** A name with a state is bound to its repository, directory and workspace (contract, "Identity"). Pure. */
export function identify(input: HeadInput, node: StackNode, row: StackTable | undefined): Identity {
  const { entry } = node;
  const twin = findTwin(input, node);
  if (twin && isBound(input, twin)) {
    const wayOut = `set \`name: ${twin.name}\`, or \`holdfast stacks mv ${twin.name} ${entry.name}\``;
    return { kind: 'held', reason: `this directory was \`${twin.name}\`; ${wayOut}` };
  }
  if (row && isBound(input, row)) {
    if (isSamePlace(row, entry)) return { kind: 'own', replaces: twin };
    return isMoved(input, row, node) ? { kind: 'moved', from: row } : { kind: 'held', reason: elsewhere(row, node) };
  }
  const from = findOrigin(input, node);
  if (!from) return { kind: 'own', replaces: twin };
  if (!input.busy.has(from.name)) return { kind: 'moved', from };
  const wayOut = `when it has ended: \`holdfast stacks mv ${from.name} ${entry.name}\``;
  return { kind: 'held', reason: `this directory was \`${from.name}\`, and a run of that is under way; ${wayOut}` };
}

/** The row of the same directory and workspace under another name, which nothing at the head has any more. */
function findTwin(input: HeadInput, { entry }: StackNode): StackTable | null {
  const { stacks } = input.after.graph;
  const isTwin = (row: StackTable) =>
    row.name !== entry.name && row.retired_at === null && isSamePlace(row, entry) && !stacks.has(row.name);
  return input.rows.find(isTwin) ?? null;
}

/** The stack with a state whose directory git sees moved here, under a name that is gone from the head. */
function findOrigin(input: HeadInput, node: StackNode): StackTable | null {
  const { stacks } = input.after.graph;
  const isOrigin = (row: StackTable) =>
    row.name !== node.entry.name && isBound(input, row) && !stacks.has(row.name) && isMoved(input, row, node);
  return input.renamed.size === 0 ? null : (input.rows.find(isOrigin) ?? null);
}

function isMoved({ renamed }: HeadInput, row: StackTable, { entry }: StackNode): boolean {
  return row.workspace === entry.workspace && renamed.get(row.dir) === entry.dir;
}

function elsewhere(row: StackTable, { entry }: StackNode): string {
  const was = `this stack was in ${row.dir} (workspace ${row.workspace}) and now is in ${entry.dir} (workspace ${entry.workspace})`;
  return `${was}, and git sees no rename; give the new place another \`name\`, or move it back`;
}
