import type { LoadedGraph } from './graph-loader.ts';
import { innerDir } from './repo-path.ts';
import { REPOSITORY_FILE } from './repository-config.ts';

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

/** What the stacks of a commit need: `depends_on`, `inputs`, and the states that they read. One per stack and way. Pure. */
export function stackNeeds({ graph, config }: Pick<LoadedGraph, 'graph' | 'config'>): StackNeed[] {
  const lines = new Map(config.stacks.map((stack) => [placeKey(stack), stack.place?.line ?? null]));
  const found: StackNeed[] = [];
  for (const [stack, { entry, derivedDependencies }] of graph.stacks) {
    const line = lines.get(placeKey(entry)) ?? null;
    const evidence = line === null ? REPOSITORY_FILE : `${REPOSITORY_FILE}:${line}`;
    for (const needs of new Set(entry.depends_on)) {
      found.push({ stack, needs, via: 'depends_on', outputs: [], evidence });
    }
    for (const [needs, inputs] of Map.groupBy(Object.values(entry.inputs), (input) => input.stack)) {
      const outputs = [...new Set(inputs.map(({ output }) => output))].sort();
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
