import type { StackTable } from '../../platform/db/schema.ts';
import type { DeletedStack } from '../runs/index.ts';
import { inputsDigest, isDirectoryGone, toRunSpec } from '../stacks/index.ts';
import { type HeadDecision, type HeadInput, isBound, isSamePlace } from './head-decision.ts';

/** What became of the stacks that the head does not have any more. */
export type Endings = Pick<HeadDecision, 'rows' | 'gone' | 'deleted' | 'heldBack' | 'problems'>;

/**
 * Only a directory that is gone from a head that was read deletes its stack; everything else changes nothing and is said.
 * `missing`: rows without a stack at the head, moved and replaced ones left out. Pure.
 */
export function endStacks(input: HeadInput, missing: readonly StackTable[]): Endings {
  const rows: StackTable[] = [];
  const gone: { stack: string; reason: string; isBack?: boolean }[] = [];
  const deleted: StackTable[] = [];
  for (const row of missing.filter(({ retired_at: retired }) => retired === null)) {
    if (isDirectoryGone(input.after.graph.tree, row.dir)) {
      if (row.deleted_at !== null) continue;
      gone.push({ stack: row.name, reason: 'its directory is gone from the head' });
      if (isBound(input, row)) deleted.push(row);
      else rows.push(retired(input, row));
      continue;
    }
    if (!isBound(input, row) && isReplaced(input, row)) {
      rows.push(retired(input, row));
      gone.push({ stack: row.name, reason: 'its directory has another stack now' });
      continue;
    }
    const held = `${row.dir} is no stack any more: it is ignored, called as a module, has no configuration, or holdfast.yaml gives it another name`;
    if (row.held !== held || row.deleted_at !== null) {
      rows.push({ ...row, held, deleted_at: null, deletion: null, updated_at: input.at });
      gone.push({ stack: row.name, reason: `the stack is held: ${held}`, isBack: row.deleted_at !== null });
    }
  }
  return { ...deletions(input, deleted), gone, rows: [...rows, ...deletions(input, deleted).rows] };
}

/** More than `limits.deletions` at once wait for a person before even a plan is made. */
function deletions(input: HeadInput, stacks: readonly StackTable[]): Omit<Endings, 'gone'> {
  const { at, maxDeletions, repository, by } = input;
  const fates = stacks.map((row) => ({ row, stack: toDeleted(input, row) }));
  if (stacks.length <= maxDeletions) {
    const rows = stacks.map((row) => ({ ...row, deleted_at: at, held: null, updated_at: at }));
    return { rows, deleted: fates.map(({ stack }) => stack), heldBack: [], problems: [] };
  }
  const names = stacks.map(({ name }) => name).sort();
  const many = `${names.length} stacks were deleted in one push, more than \`limits.deletions\` (${maxDeletions})`;
  const held = `its directory is gone from the head; ${many}: nothing is destroyed until \`holdfast stacks release\``;
  const rows = fates.map(({ row, stack }) => ({
    ...row,
    deleted_at: at,
    held,
    deletion: JSON.stringify({ since: at, repository, ...by, stack }),
    updated_at: at,
  }));
  return {
    rows,
    deleted: [],
    heldBack: names,
    problems: [`${many}: ${listed(names)}; let them go on with: holdfast stacks release`],
  };
}

/** What its destroy stands on where nothing was applied to its end: the stack as it was at the head before. */
function toDeleted({ before, repository }: HeadInput, row: StackTable): DeletedStack {
  const node = before?.graph.stacks.get(row.name);
  const isIt = before && node && isSamePlace(row, node.entry);
  const fallback = isIt
    ? {
        commit: before.commit,
        spec: toRunSpec(node, before.graph.tree, repository),
        inputsDigest: inputsDigest(node, before.graph.tree),
      }
    : null;
  return { name: row.name, reasons: [{ kind: 'deleted', path: row.dir, via: [] }], fallback };
}

/** A stack without a state leaves nothing behind. */
function retired(input: HeadInput, row: StackTable): StackTable {
  return { ...row, held: null, deleted_at: input.at, retired_at: input.at, updated_at: input.at };
}

function isReplaced({ after }: HeadInput, row: StackTable): boolean {
  return [...after.graph.stacks.values()].some(({ entry }) => isSamePlace(row, entry));
}

const NAMED = 10;

/** The first ten names, and how many more there are. */
export function listed(names: readonly string[]): string {
  const more = names.length > NAMED ? ` and ${names.length - NAMED} more` : '';
  return `${names.slice(0, NAMED).join(', ')}${more}`;
}
