import type { ChangeReason } from '../../kernel/stack-entry.ts';
import type { StackTable } from '../../platform/db/schema.ts';
import type { AffectedStack, GoneStack } from '../runs/index.ts';
import { inputsDigest, type StackNode, toRunSpec, unreadableText } from '../stacks/index.ts';
import type { ChangedStack } from './detect-changes.ts';
import { type HeadDecision, type HeadInput, isBound, isSamePlace } from './head-decision.ts';
import { endStacks } from './stack-endings.ts';
import { type Identity, identify } from './stack-identity.ts';

const MAX_REASONS = 200;

/** A stack gets a run when it was touched and its inputs digest is not the one that was last seen. Pure. */
export function decideHead(input: HeadInput): HeadDecision {
  const known = new Map(input.rows.map((row) => [row.name, row]));
  const changed = new Map(input.changed.map((stack) => [stack.name, stack]));
  const rows = new Map<string, StackTable>();
  const gone: GoneStack[] = [];
  const moves: { from: string; to: string }[] = [];
  const affected: AffectedStack[] = [];
  const problems = [...input.after.graph.problems];
  for (const [name, node] of input.nodes) {
    const row = known.get(name);
    const owner = input.taken.get(name);
    if (owner !== undefined) {
      problems.push(clash(name, node, owner));
      continue;
    }
    const isSettled = row && row.deleted_at === null && row.held === null && isSamePlace(row, node.entry);
    if (isSettled && !changed.has(name)) continue;
    const who = identify(input, node, row);
    if (who.kind === 'moved' && who.from.name !== name) moves.push({ from: who.from.name, to: name });
    const next = toRow(input, node, row, who);
    rows.set(name, next);
    if (next.held !== null) gone.push({ stack: name, reason: `the stack is held: ${next.held}` });
    if (row && row.deleted_at !== null && row.retired_at === null) {
      gone.push({ stack: name, reason: 'its directory is back', isBack: true });
    }
    // What was held or gone had its waiting runs taken back: it is planned again although nothing in it moved.
    const isNew = !row || row.deleted_at !== null || row.held !== null || who.kind === 'moved';
    if (!input.makesRuns || next.held !== null || !(isNew || row.inputs_digest !== next.inputs_digest)) continue;
    affected.push(toAffected(input, node, next, reasonsFor(input, changed.get(name), row ?? null, node, who)));
  }
  const moved = new Set(moves.map(({ from }) => from));
  const missing = input.rows.filter(({ name }) => !input.after.graph.stacks.has(name) && !moved.has(name));
  const kept = missing.filter((row) => !isAwaited(input, rows, row));
  const ends = endStacks(input, kept);
  for (const row of ends.rows) rows.set(row.name, row);
  return {
    moves,
    rows: [...rows.values()],
    affected,
    gone: [...gone, ...ends.gone],
    deleted: ends.deleted,
    heldBack: ends.heldBack,
    problems: [...problems, ...ends.problems],
  };
}

/** Whether the stack's directory was moved by git to one that waits for the end of a run of it: it is not deleted. */
function isAwaited({ renamed, busy, ...input }: HeadInput, rows: ReadonlyMap<string, StackTable>, row: StackTable) {
  const to = renamed.get(row.dir);
  if (to === undefined || !busy.has(row.name) || !isBound(input, row)) return false;
  return [...rows.values()].some((other) => other.held !== null && isSamePlace(other, { ...row, dir: to }));
}

function clash(name: string, node: StackNode, owner: string): string {
  return `stack "${name}" in ${node.entry.dir}: ${owner}; set \`stack_prefix\` for this repository in server.yaml, or \`name\` in holdfast.yaml`;
}

function toRow(input: HeadInput, node: StackNode, row: StackTable | undefined, who: Identity): StackTable {
  const { entry } = node;
  const held = who.kind === 'held' ? who.reason : null;
  const past = who.kind === 'moved' ? who.from : row;
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
    applied_commit: past?.applied_commit ?? null,
    applied_run: past?.applied_run ?? null,
    applied_spec: past?.applied_spec ?? null,
    unreadable: unreadableText(node),
    held,
    blocked: past?.blocked ?? null,
    deleted_at: null,
    retired_at: null,
    deletion: null,
    outputs_due: past?.outputs_due ?? null,
    created_at: past?.created_at ?? input.at,
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
    spec: toRunSpec(node, input.after.graph.tree, input.repository),
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
  who: Identity,
): readonly ChangeReason[] {
  const { dir } = node.entry;
  if (who.kind === 'moved') return [movedHere(who.from, node), ...(changed?.reasons ?? [])];
  if (input.before === null && row && row.deleted_at === null) {
    return [{ kind: 'file', path: dir, via: ['the commit to compare with is gone: compared by content'] }];
  }
  return changed?.reasons ?? [{ kind: 'added', path: dir, via: [] }];
}

function movedHere(from: StackTable, { entry }: StackNode): ChangeReason {
  const was = from.name === entry.name ? '' : `, where it was stack \`${from.name}\``;
  return { kind: 'added', path: entry.dir, via: [`git moved it here from ${from.dir}${was}: its state goes on`] };
}
