import { setImmediate } from 'node:timers/promises';
import { HoldfastError } from '../../kernel/errors.ts';
import type { GitObjects } from '../../platform/git/git-objects.ts';
import type { BlobFacts, FactSession } from './blob-facts.ts';
import { isEngineFolder, kindAhead } from './file-roles.ts';
import type { GraphOptions } from './graph-options.ts';
import type { ConfigFault, ReadRepositoryConfig, RepositoryConfig } from './repository-config.ts';
import { REPOSITORY_FILE } from './repository-config.ts';
import { buildTree, type FactLookup, type RepositoryTree } from './repository-tree.ts';
import { type GraphInput, graphSteps, type StackGraph } from './stack-graph.ts';

/** Where files come from: a repository's objects, or a working copy. */
export type TreeSource = Pick<GitObjects, 'listTree' | 'readBlobs' | 'treeId'>;

export interface LoadRequest {
  readonly objects: TreeSource;
  /** Of a working copy: any text. */
  readonly commit: string;
  readonly options: GraphOptions;
  readonly formerlyCalled?: ReadonlySet<string>;
  /** Used where the commit's own holdfast.yaml is unusable; without it that is an error. */
  readonly fallback?: RepositoryConfig;
}

/** A commit's graph with what it was made from. */
export interface LoadedGraph {
  readonly commit: string;
  readonly graph: StackGraph;
  readonly config: RepositoryConfig;
  readonly facts: FactLookup;
}

/** More rounds than links can be chained, and templates be nested. */
const MAX_ROUNDS = 64;
/** How many stacks are looked at before others get their turn. */
const STEPS_A_TURN = 50;

/**
 * Reads a commit and builds its graph: only blobs nobody has parsed before are read. Throws `invalid`, with
 * `details.diagnostics`, for a holdfast.yaml from which nothing may be planned.
 */
export async function loadGraph(
  request: LoadRequest,
  facts: BlobFacts,
  readConfig: ReadRepositoryConfig,
): Promise<LoadedGraph> {
  const { objects, commit, options } = request;
  const tree = buildTree(await objects.listTree(commit), await objects.treeId(commit));
  const config = await loadConfig(tree, request, readConfig);
  const session = facts.open();
  for (const entry of tree.entries) {
    const kind = isEngineFolder(entry.path) ? null : kindAhead(entry.path, entry.mode);
    if (kind) session.want({ sha: entry.sha, kind });
  }
  await session.fill(objects);
  const { formerlyCalled } = request;
  const input: GraphInput = { tree, facts: session, config, options, ...(formerlyCalled ? { formerlyCalled } : {}) };
  return { commit, config, facts: session, graph: await settle(input, session, objects) };
}

/** Builds until nothing new was asked for: a link, a template or a variable file is only known of when something names it. */
async function settle(input: GraphInput, session: FactSession, objects: TreeSource): Promise<StackGraph> {
  for (let round = 0; round < MAX_ROUNDS; round++) {
    const steps = graphSteps(input);
    for (let i = 1; ; i++) {
      const step = steps.next();
      if (i % STEPS_A_TURN === 0) await setImmediate();
      if (!step.done) continue;
      if (!(await session.fill(objects))) return step.value;
      break;
    }
  }
  throw new HoldfastError('invalid', 'links of the repository lead to each other without an end');
}

async function loadConfig(
  tree: RepositoryTree,
  request: LoadRequest,
  readConfig: ReadRepositoryConfig,
): Promise<RepositoryConfig> {
  const entry = tree.byPath.get(REPOSITORY_FILE);
  const blobs = entry ? await request.objects.readBlobs([entry.sha], 1024 * 1024) : null;
  const bytes = entry ? (blobs?.get(entry.sha) ?? null) : null;
  if (entry && (!bytes || entry.mode === '120000')) {
    const message = `${REPOSITORY_FILE} is a link, or larger than 1 MB`;
    return refuse(request, [{ message, line: null, column: null }]);
  }
  const { config, faults } = readConfig(bytes);
  return faults.length > 0 ? refuse(request, faults) : config;
}

function refuse(request: LoadRequest, faults: readonly ConfigFault[]): RepositoryConfig {
  if (request.fallback) return request.fallback;
  const message = faults.map((fault) => fault.message).join('; ');
  throw new HoldfastError('invalid', message, {
    treatment: { kind: 'human', wayOut: `push a ${REPOSITORY_FILE} that is valid` },
    details: { diagnostics: faults.map((fault) => ({ file: REPOSITORY_FILE, ...fault })) },
  });
}
