import type { GitObjects } from '../../platform/git/git-objects.ts';
import {
  type BlobFacts,
  type GraphOptions,
  type LoadedGraph,
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

/** The graphs at both ends. Throws `invalid` where the head's holdfast.yaml is unusable; a base's counts as the head's. */
export async function loadRange(request: RangeRequest): Promise<{ before: LoadedGraph | null; after: LoadedGraph }> {
  const { objects, options, facts, readConfig } = request;
  const load = (commit: string, more: object) => loadGraph({ objects, commit, options, ...more }, facts, readConfig);
  const after = await load(request.head, {});
  if (request.base === null) return { before: null, after };
  const known = request.known?.commit === request.base ? request.known : null;
  const before = known ?? (await load(request.base, { fallback: after.config }));
  // While a file does not parse, its module calls may be hidden: then those of the base go on counting.
  const isBroken = [...after.graph.stacks.values()].some((node) => node.problems.length > 0);
  return { before, after: isBroken ? await load(request.head, { formerlyCalled: before.graph.called }) : after };
}
