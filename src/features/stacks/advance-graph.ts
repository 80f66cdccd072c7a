import type { StackEntry } from '../../kernel/stack-entry.ts';
import type { TreeChange } from '../../platform/git/git-objects.ts';
import { buildStateIndex, type StateIndex } from './derive-dependencies.ts';
import { type Discovery, rediscover, rootsOf } from './discover-roots.ts';
import { type EffectiveEntries, effectiveEntries, entryKey } from './effective-entries.ts';
import { configEnding } from './file-roles.ts';
import { createDirectoryLookup } from './module-directory.ts';
import { replaceValues } from './replaced-map.ts';
import { dirOf } from './repo-path.ts';
import { isDetour } from './repository-tree.ts';
import { type GraphInput, type StackGraph, selfKeys, toGraph, withDependencies } from './stack-graph.ts';
import { buildNode, type StackNode } from './stack-node.ts';
import { staleStacks } from './stale-stacks.ts';

/** More changed files than this are read as a new repository is. */
const MAX_CHANGES = 5000;

/** Whether the next graph can be made from the one before: not where a path may lead elsewhere than it did. */
export function canAdvance(changes: readonly TreeChange[]): boolean {
  return changes.length <= MAX_CHANGES && !changes.some(({ before, after }) => isDetour(before) || isDetour(after));
}

/** A graph, and of which stacks it differs from the one before: added, gone or read again. */
export interface AdvancedGraph {
  readonly graph: StackGraph;
  readonly moved: ReadonlySet<string>;
}

/**
 * The graph of a commit from that of another one and what differs: only stacks that the changes touch are read again. The
 * same as `graphSteps` gives, with `before.parts.discovery` as what was known formerly.
 */
export function* advanceSteps(
  before: StackGraph,
  changes: readonly TreeChange[],
  input: Omit<GraphInput, 'former'>,
): Generator<void, AdvancedGraph> {
  const { tree, facts, config, options } = input;
  const self = selfKeys(options);
  const known = before.parts.discovery;
  const discovery = rediscover(known, { tree, facts, self }, changedDirs(known, changes));
  const found = nextEntries(before, discovery, changes, input);
  const stale = staleStacks(before, tree, changes);
  const directories = createDirectoryLookup(tree, facts, self);
  const read = new Map<string, StackNode>();
  for (const entry of found?.entries ?? [...stale].flatMap((name) => before.stacks.get(name)?.entry ?? [])) {
    if (!stale.has(entry.name) && before.stacks.get(entry.name)?.entry === entry) continue;
    read.set(entry.name, buildNode(entry, { tree, facts, directories, options }));
    yield;
  }
  const names = found && new Set(found.entries.map(({ name }) => name));
  const gone = names ? [...before.stacks.keys()].filter((name) => !names.has(name)) : [];
  const stacks = mergeStacks(before, read, found?.entries ?? null);
  const states = nextStates(before, read, gone, stacks, options.stateAddresses);
  const settled = settleDependencies(states === before.parts.states ? read : stacks, states);
  const rebuilt = new Map([...read, ...settled]);
  const all = replaceValues(stacks, settled);
  const touches =
    rebuilt.size + gone.length === 0
      ? before.parts.touches
      : before.parts.touches.replace([...rebuilt.values()], gone, () => all.values());
  const entryProblems = found?.problems ?? before.parts.entryProblems;
  const graph = toGraph(tree, all, { entryProblems, config, discovery, touches, states });
  return { graph, moved: new Set([...rebuilt.keys(), ...gone]) };
}

/** Directories whose own facts may have moved. */
function changedDirs({ linked }: Discovery, changes: readonly TreeChange[]): Set<string> {
  const dirs = new Set<string>();
  for (const { path } of changes) {
    if (configEnding(path.slice(path.lastIndexOf('/') + 1)) !== null) dirs.add(dirOf(path));
    for (const dir of linked.get(path) ?? []) dirs.add(dir);
  }
  return dirs;
}

/** The entries where they may differ, those that do not as the very objects they were; null where they cannot. */
function nextEntries(
  before: StackGraph,
  discovery: Discovery,
  changes: readonly TreeChange[],
  { tree, config, options, facts }: Omit<GraphInput, 'former'>,
): EffectiveEntries | null {
  const { parts } = before;
  // A listed stack is one only while its directory is there.
  const mayMove = config.stacks.length > 0 && changes.some((change) => !change.before || !change.after);
  if (discovery === parts.discovery && config === parts.config && !mayMove) return null;
  const { entries, problems } = effectiveEntries(tree, rootsOf(discovery, config), config, options, facts);
  return { problems, entries: entries.map((entry) => sameOr(before.stacks.get(entry.name)?.entry, entry)) };
}

function sameOr(old: StackEntry | undefined, entry: StackEntry): StackEntry {
  if (!old || old.listed !== entry.listed) return entry;
  if (!old.listed) return old.dir === entry.dir && old.engine === entry.engine ? old : entry;
  return entryKey(old) === entryKey(entry) ? old : entry;
}

function mergeStacks(
  before: StackGraph,
  read: ReadonlyMap<string, StackNode>,
  entries: readonly StackEntry[] | null,
): ReadonlyMap<string, StackNode> {
  if (!entries) return replaceValues(before.stacks, read);
  const stacks = new Map<string, StackNode>();
  for (const { name } of entries) {
    const node = read.get(name) ?? before.stacks.get(name);
    if (node) stacks.set(name, node);
  }
  return stacks;
}

/** The index of where states lie: the same one while none moved. */
function nextStates(
  before: StackGraph,
  read: ReadonlyMap<string, StackNode>,
  gone: readonly string[],
  stacks: ReadonlyMap<string, StackNode>,
  ours: readonly string[] | null,
): StateIndex {
  const isSame = (node: StackNode) =>
    JSON.stringify(before.stacks.get(node.entry.name)?.stateHomes) === JSON.stringify(node.stateHomes);
  if (gone.length === 0 && [...read.values()].every(isSame)) return before.parts.states;
  return buildStateIndex(stacks.values(), ours);
}

/** Of these nodes those whose dependencies are others now; the rest stay as they are, so that they count as unmoved. */
function settleDependencies(nodes: ReadonlyMap<string, StackNode>, states: StateIndex): Map<string, StackNode> {
  const settled = new Map<string, StackNode>();
  for (const [name, node] of nodes) {
    if (node.stateReads.length === 0) continue;
    const next = withDependencies(node, states);
    if (JSON.stringify(next.derivedDependencies) !== JSON.stringify(node.derivedDependencies)) settled.set(name, next);
  }
  return settled;
}
