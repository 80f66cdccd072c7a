import type { ChangeReason } from '../../kernel/stack-entry.ts';
import type { StackTable } from '../../platform/db/schema.ts';
import type { AffectedStack } from '../runs/index.ts';
import {
  innerDir,
  inputsDigest,
  type LoadedGraph,
  type StackNode,
  toRunSpec,
  unreadableText,
} from '../stacks/index.ts';
import type { ChangedStack } from './detect-changes.ts';

export interface HeadInput {
  readonly repository: string;
  /** Rows of the repository, deleted ones too. */
  readonly rows: readonly StackTable[];
  /** Names at the head that other repositories have, with theirs. */
  readonly taken: ReadonlyMap<string, string>;
  readonly after: LoadedGraph;
  readonly changed: readonly ChangedStack[];
  /** Whether there was a commit to compare with. */
  readonly hasBase: boolean;
  readonly makesRuns: boolean;
  readonly at: number;
}

/** What a processed head means for the rows of stacks, and which of them get a run. */
export interface HeadDecision {
  readonly rows: readonly StackTable[];
  readonly affected: readonly AffectedStack[];
  readonly problems: readonly string[];
}

const MAX_REASONS = 200;

/** A stack gets a run when it was touched and its inputs digest is not the one that was last seen. */
export function decideHead(input: HeadInput): HeadDecision {
  const known = new Map(input.rows.map((row) => [row.name, row]));
  const changed = new Map(input.changed.map((stack) => [stack.name, stack]));
  const rows = new Map<string, StackTable>();
  const affected: AffectedStack[] = [];
  const problems = [...input.after.graph.problems];
  for (const [name, node] of input.after.graph.stacks) {
    const row = known.get(name);
    const owner = input.taken.get(name);
    if (owner !== undefined) {
      problems.push(clash(name, node, owner));
      continue;
    }
    const isSettled = row && row.deleted_at === null && row.held === null && isSamePlace(row, node);
    if (isSettled && !changed.has(name)) continue;
    const twin = findTwin(input, node);
    if (twin?.applied_commit === null) rows.set(twin.name, { ...twin, deleted_at: input.at, updated_at: input.at });
    const held = heldReason(row, twin, node);
    const next = toRow(input, node, row, held);
    rows.set(name, next);
    // What was held or gone had its waiting runs taken back: it is planned again although nothing in it moved.
    const isNew = !row || row.deleted_at !== null || row.held !== null;
    if (!input.makesRuns || held !== null || !(isNew || row.inputs_digest !== next.inputs_digest)) continue;
    affected.push(toAffected(input, node, next, reasonsFor(input, changed.get(name), row ?? null, node)));
  }
  for (const row of input.rows) {
    if (input.after.graph.stacks.has(row.name) || row.deleted_at !== null || rows.has(row.name)) continue;
    const gone = retire(input, row);
    if (gone) rows.set(row.name, gone);
  }
  return { rows: [...rows.values()], affected, problems };
}

function clash(name: string, node: StackNode, owner: string): string {
  return `stack "${name}" in ${node.entry.dir}: repository "${owner}" has a stack of that name; set \`stack_prefix\` for this repository in server.yaml, or \`name\` in holdfast.yaml`;
}

function isSamePlace(row: StackTable, node: StackNode): boolean {
  return row.dir === node.entry.dir && row.workspace === node.entry.workspace;
}

/** The row of the same directory and workspace under another name, which nothing at the head has any more. */
function findTwin(input: HeadInput, node: StackNode): StackTable | null {
  const { stacks } = input.after.graph;
  const isTwin = (row: StackTable) =>
    row.name !== node.entry.name && row.deleted_at === null && isSamePlace(row, node) && !stacks.has(row.name);
  return input.rows.find(isTwin) ?? null;
}

/** A name that was applied is bound to its place: under another, a plan would create everything anew. */
function heldReason(row: StackTable | undefined, twin: StackTable | null, node: StackNode): string | null {
  const { name, dir } = node.entry;
  if (twin && twin.applied_commit !== null) {
    return `this directory was \`${twin.name}\`; set \`name: ${twin.name}\`, or \`holdfast stacks mv ${twin.name} ${name}\``;
  }
  if (row && row.applied_commit !== null && !isSamePlace(row, node)) {
    return `this stack was in ${row.dir} (workspace ${row.workspace}) and now is in ${dir} (workspace ${node.entry.workspace}); give the new place another \`name\`, or move it back`;
  }
  return null;
}

function toRow(input: HeadInput, node: StackNode, row: StackTable | undefined, held: string | null): StackTable {
  const { entry } = node;
  return {
    name: entry.name,
    repository: input.repository,
    // A held stack stays bound to the place that its state belongs to.
    dir: held !== null && row ? row.dir : entry.dir,
    workspace: held !== null && row ? row.workspace : entry.workspace,
    engine: entry.engine,
    entry: JSON.stringify(entry),
    inputs_digest: inputsDigest(node, input.after.graph.tree),
    head_commit: input.after.commit,
    applied_commit: row?.applied_commit ?? null,
    applied_run: row?.applied_run ?? null,
    applied_spec: row?.applied_spec ?? null,
    unreadable: unreadableText(node),
    held,
    blocked: row?.blocked ?? null,
    deleted_at: null,
    retired_at: null,
    deletion_held_at: null,
    outputs_due: row?.outputs_due ?? null,
    created_at: row?.created_at ?? input.at,
    updated_at: input.at,
  };
}

function toAffected(
  input: HeadInput,
  node: StackNode,
  row: StackTable,
  reasons: readonly ChangeReason[],
): AffectedStack {
  return {
    entry: node.entry,
    spec: toRunSpec(node, input.after.graph.tree, input.after.facts, input.repository),
    inputsDigest: row.inputs_digest,
    reasons: reasons.slice(0, MAX_REASONS),
    unreadable: row.unreadable,
  };
}

function reasonsFor(
  input: HeadInput,
  changed: ChangedStack | undefined,
  row: StackTable | null,
  node: StackNode,
): readonly ChangeReason[] {
  const { dir } = node.entry;
  if (!input.hasBase && row && row.deleted_at === null) {
    return [{ kind: 'file', path: dir, via: ['the commit to compare with is gone: compared by content'] }];
  }
  return changed?.reasons ?? [{ kind: 'added', path: dir, via: [] }];
}

/** Only a directory that is gone from a head that was read makes a stack deleted; everything else is said. */
function retire(input: HeadInput, row: StackTable): StackTable | null {
  const { tree } = input.after.graph;
  const dir = innerDir(row.dir) ?? '';
  if (dir !== '' && !tree.isDirectory(dir) && !tree.byPath.has(dir)) {
    return { ...row, deleted_at: input.at, updated_at: input.at };
  }
  const isReplaced = [...input.after.graph.stacks.values()].some((node) => isSamePlace(row, node));
  if (isReplaced && row.applied_commit === null) return { ...row, deleted_at: input.at, updated_at: input.at };
  const held = `${row.dir} is no stack any more: it is ignored, called as a module, has no configuration, or holdfast.yaml gives it another name`;
  return row.held === held ? null : { ...row, held, updated_at: input.at };
}
