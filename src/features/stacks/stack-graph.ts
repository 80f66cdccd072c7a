import { buildStateIndex } from './derive-dependencies.ts';
import { discoverRoots } from './discover-roots.ts';
import { effectiveEntries } from './effective-entries.ts';
import { configEnding, readBy } from './file-roles.ts';
import type { GraphOptions } from './graph-options.ts';
import { createDirectoryLookup } from './module-directory.ts';
import { repositoryKey } from './module-source.ts';
import type { RepositoryConfig } from './repository-config.ts';
import type { FactLookup, RepositoryTree } from './repository-tree.ts';
import { buildNode, type StackNode } from './stack-node.ts';
import { buildTouchIndex, type IndexedTouch } from './touch-index.ts';

/** All stacks of one commit. Pure data and pure questions. */
export interface StackGraph {
  readonly tree: RepositoryTree;
  /** By name, in name order. */
  readonly stacks: ReadonlyMap<string, StackNode>;
  /** Directories that module calls name. */
  readonly called: ReadonlySet<string>;
  /** What is wrong with entries of holdfast.yaml or names; the stacks they would have been are left out. */
  readonly problems: readonly string[];
  /** Ways in which a path touches stacks. */
  find(path: string): IndexedTouch[];
}

export interface GraphInput {
  readonly tree: RepositoryTree;
  readonly facts: FactLookup;
  readonly config: RepositoryConfig;
  readonly options: GraphOptions;
  /** `called` of the commit before, for while a file does not parse. */
  readonly formerlyCalled?: ReadonlySet<string>;
}

/**
 * Understands one commit: discovery, entries, closures, touches. In steps of one stack, so that a large repository does
 * not hold up everything else; what the last step returns is the graph.
 */
export function* graphSteps(input: GraphInput): Generator<void, StackGraph> {
  const { tree, facts, config, options } = input;
  const self = new Set(options.selfUrls.flatMap((url) => repositoryKey(url) ?? []));
  const discovery = discoverRoots(tree, facts, config, self, input.formerlyCalled);
  const { entries, problems } = effectiveEntries(tree, discovery, config, options, facts);
  const directories = createDirectoryLookup(tree, facts, self);
  const stacks = new Map<string, StackNode>();
  for (const entry of entries) {
    stacks.set(entry.name, buildNode(entry, { tree, facts, directories, options }));
    yield;
  }
  const states = buildStateIndex(stacks.values(), options.stateAddresses);
  for (const [name, node] of stacks) {
    if (node.stateReads.length > 0) stacks.set(name, { ...node, derivedDependencies: states.dependenciesOf(node) });
  }
  const index = buildTouchIndex(indexed(stacks));
  return {
    tree,
    stacks,
    called: discovery.called,
    problems,
    find: (path) => index.find(path, (stack, dir, name) => readsConfig(stacks.get(stack), tree, dir, name)),
  };
}

function* indexed(stacks: ReadonlyMap<string, StackNode>): Iterable<IndexedTouch> {
  for (const [stack, node] of stacks) for (const touch of node.touches) yield { stack, touch };
}

/** Whether the stack's engine reads a file of that name there, at this commit. */
function readsConfig(node: StackNode | undefined, tree: RepositoryTree, dir: string, name: string): boolean {
  if (!node || configEnding(name) === null) return false;
  return readBy(node.entry.engine, tree.configDirs.get(dir) ?? []).includes(name);
}
