import type { LoadedGraph } from './graph-loader.ts';
import { innerDir } from './repo-path.ts';
import { REPOSITORY_FILE, type RepositoryConfig } from './repository-config.ts';
import type { StackGraph } from './stack-graph.ts';
import type { StackNode } from './stack-node.ts';

/** One stack needs another, as the commit says it. */
export interface StackNeed {
  readonly stack: string;
  readonly needs: string;
  readonly via: 'depends_on' | 'inputs' | 'remote_state';
  /** Outputs that are read; null: nobody knows which; none: it is only an order. */
  readonly outputs: readonly string[] | null;
  /** `holdfast.yaml:12`, `app/main.tf:3`. */
  readonly evidence: string;
}

const known = new WeakMap<StackGraph, readonly StackNeed[]>();

/**
 * What the stacks of a commit need: `depends_on`, `inputs`, and the states that they read. One per stack and way. `before`:
 * a graph of which this one's was made, and the stacks in which they differ: what the others need is not asked again. Pure.
 */
export function stackNeeds(
  { graph, config }: Pick<LoadedGraph, 'graph' | 'config'>,
  before: { readonly loaded: LoadedGraph; readonly moved: ReadonlySet<string> } | null = null,
): readonly StackNeed[] {
  const found = known.get(graph) ?? sameNeeds({ graph, config }, before) ?? readNeeds(graph.stacks, config);
  known.set(graph, found);
  return found;
}

/** Those of the graph before, where no stack that differs needs anything, in either. */
function sameNeeds(
  { graph, config }: Pick<LoadedGraph, 'graph' | 'config'>,
  before: { readonly loaded: LoadedGraph; readonly moved: ReadonlySet<string> } | null,
): readonly StackNeed[] | null {
  const needs = before && known.get(before.loaded.graph);
  // The lines of holdfast.yaml are evidence.
  if (!needs || before.loaded.config !== config) return null;
  const moved = new Map([...before.moved].flatMap((name) => entryOf(graph, name)));
  const isMoved = needs.some(({ stack }) => before.moved.has(stack));
  return isMoved || readNeeds(moved, config).length > 0 ? null : needs;
}

function entryOf({ stacks }: StackGraph, name: string): [string, StackNode][] {
  const node = stacks.get(name);
  return node ? [[name, node]] : [];
}

function readNeeds(stacks: ReadonlyMap<string, StackNode>, config: RepositoryConfig): StackNeed[] {
  const lines = new Map(config.stacks.map((stack) => [placeKey(stack), stack.place?.line ?? null]));
  const found: StackNeed[] = [];
  for (const [stack, { entry, derivedDependencies }] of stacks) {
    const inputs = Object.values(entry.inputs);
    if (entry.depends_on.length + inputs.length + derivedDependencies.length === 0) continue;
    const line = lines.get(placeKey(entry)) ?? null;
    const evidence = line === null ? REPOSITORY_FILE : `${REPOSITORY_FILE}:${line}`;
    for (const needs of new Set(entry.depends_on)) {
      found.push({ stack, needs, via: 'depends_on', outputs: [], evidence });
    }
    for (const [needs, some] of Map.groupBy(inputs, (input) => input.stack)) {
      const outputs = [...new Set(some.map(({ output }) => output))].sort();
      found.push({ stack, needs, via: 'inputs', outputs, evidence });
    }
    for (const { stack: needs, evidence: at } of derivedDependencies) {
      found.push({ stack, needs, via: 'remote_state', outputs: null, evidence: `${at.file}:${at.line}` });
    }
  }
  return found;
}

function placeKey({ dir, workspace }: { readonly dir: string; readonly workspace: string }): string {
  return `${innerDir(dir) ?? dir}\0${workspace}`;
}
