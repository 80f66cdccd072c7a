import { buildStateIndex, type StateIndex } from './derive-dependencies.ts';
import { type Discovery, discover, type RootFacts, rootsOf } from './discover-roots.ts';
import { type EntryProblem, effectiveEntries } from './effective-entries.ts';
import { configEnding, readBy } from './file-roles.ts';
import type { GraphOptions } from './graph-options.ts';
import { createDirectoryLookup } from './module-directory.ts';
import { repositoryKey } from './module-source.ts';
import { dirOf, nameOf } from './repo-path.ts';
import { REPOSITORY_FILE, type RepositoryConfig } from './repository-config.ts';
import type { FactLookup, RepositoryTree } from './repository-tree.ts';
import { buildNode, type StackNode } from './stack-node.ts';
import { buildTouchIndex, type IndexedTouch, type TouchIndex } from './touch-index.ts';

/** All stacks of one commit. Pure data and pure questions. */
export interface StackGraph {
  readonly tree: RepositoryTree;
  /** By name, in name order. */
  readonly stacks: ReadonlyMap<string, StackNode>;
  /** What is wrong with entries of holdfast.yaml or names; the stacks they would have been are left out. */
  readonly problems: readonly string[];
  /** What the next commit's graph begins with. */
  readonly parts: GraphParts;
  /** Whether module calls name the directory. */
  isCalled(dir: string): boolean;
  /** Ways in which a path touches stacks. */
  find(path: string): IndexedTouch[];
}

export interface GraphParts {
  readonly entryProblems: readonly EntryProblem[];
  readonly config: RepositoryConfig;
  readonly discovery: Discovery;
  readonly touches: TouchIndex;
  readonly states: StateIndex;
}

export interface GraphInput {
  readonly tree: RepositoryTree;
  readonly facts: FactLookup;
  readonly config: RepositoryConfig;
  readonly options: GraphOptions;
  /** Of the commit before, for while a file does not parse. */
  readonly former?: ReadonlyMap<string, RootFacts>;
}

/**
 * Understands one commit: discovery, entries, closures, touches. In steps of one stack, so that a large repository does
 * not hold up everything else; what the last step returns is the graph.
 */
export function* graphSteps(input: GraphInput): Generator<void, StackGraph> {
  const { tree, facts, config, options, former } = input;
  const self = selfKeys(options);
  const discovery = discover({ tree, facts, self, ...(former ? { former } : {}) });
  const { entries, problems } = effectiveEntries(tree, rootsOf(discovery, config), config, options, facts);
  const directories = createDirectoryLookup(tree, facts, self);
  const stacks = new Map<string, StackNode>();
  for (const entry of entries) {
    stacks.set(entry.name, buildNode(entry, { tree, facts, directories, options }));
    yield;
  }
  const states = buildStateIndex(stacks.values(), options.stateAddresses);
  for (const [name, node] of stacks) if (node.stateReads.length > 0) stacks.set(name, withDependencies(node, states));
  const touches = buildTouchIndex(stacks.values());
  return toGraph(tree, stacks, { entryProblems: problems, config, discovery, touches, states });
}

/** Addresses of the repository, by `repositoryKey`. */
export function selfKeys(options: GraphOptions): Set<string> {
  return new Set(options.selfUrls.flatMap((url) => repositoryKey(url) ?? []));
}

/** The node with whom it reads the state of. */
export function withDependencies(node: StackNode, states: StateIndex): StackNode {
  return { ...node, derivedDependencies: states.dependenciesOf(node) };
}

/** A graph from its pieces. */
export function toGraph(tree: RepositoryTree, stacks: ReadonlyMap<string, StackNode>, parts: GraphParts): StackGraph {
  /** Whether the stack's engine reads a file of that name there, at this commit. */
  function reads(node: StackNode | undefined, path: string): boolean {
    const name = nameOf(path);
    if (!node || configEnding(name) === null) return false;
    return readBy(node.entry.engine, tree.configDirs.get(dirOf(path)) ?? []).includes(name);
  }
  return {
    tree,
    stacks,
    problems: parts.entryProblems.map(({ message, line }) =>
      line === null ? message : `${message} (${REPOSITORY_FILE}:${line})`,
    ),
    parts,
    isCalled: (dir) => parts.discovery.called.has(dir),
    find: (path) =>
      parts.touches.find(path).filter(({ stack, touch }) => touch.match !== 'config' || reads(stacks.get(stack), path)),
  };
}
