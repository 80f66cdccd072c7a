import type { GitObjects, TreeChange } from '../../platform/git/git-objects.ts';
import {
  advanceGraph,
  type BlobFacts,
  type GraphOptions,
  type LoadedGraph,
  loadConfigAt,
  loadGraph,
  type ReadRepositoryConfig,
} from '../stacks/index.ts';

export interface RangeRequest {
  readonly objects: GitObjects;
  readonly base: string | null;
  readonly head: string;
  readonly options: GraphOptions;
  readonly facts: BlobFacts;
  readonly readConfig: ReadRepositoryConfig;
  /** The base's graph where it is still at hand. */
  readonly known?: LoadedGraph | null;
}

/** What a range of commits is made of. */
export interface LoadedRange {
  readonly before: LoadedGraph | null;
  readonly after: LoadedGraph;
  /** Every path that differs; empty where there is no base. */
  readonly changes: readonly TreeChange[];
  /** Stacks of which the graphs differ at all; null: any may. */
  readonly moved: ReadonlySet<string> | null;
}

/** The graphs at both ends. Throws `invalid` where the head's holdfast.yaml is unusable; a base's counts as the head's. */
export async function loadRange(request: RangeRequest): Promise<LoadedRange> {
  const { objects, options, facts, readConfig, base, head } = request;
  const at = { objects, commit: head, options };
  if (base === null) return { before: null, after: await loadGraph(at, facts, readConfig), changes: [], moved: null };
  const fallback = () => loadConfigAt(at, readConfig);
  const known = request.known?.commit === base ? request.known : null;
  const before = known ?? (await loadGraph({ ...at, commit: base, fallback }, facts, readConfig));
  return { before, ...(await advanceGraph(before, at, facts, readConfig)) };
}
