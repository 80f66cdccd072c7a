import { setImmediate } from 'node:timers/promises';
import { HoldfastError } from '../../kernel/errors.ts';
import type { GitObjects, TreeChange, TreeEntry } from '../../platform/git/git-objects.ts';
import { advanceSteps, canAdvance } from './advance-graph.ts';
import type { BlobFacts, FactSession } from './blob-facts.ts';
import { isEngineFolder, kindAhead } from './file-roles.ts';
import type { GraphOptions } from './graph-options.ts';
import type { ConfigFault, ReadRepositoryConfig, RepositoryConfig } from './repository-config.ts';
import { REPOSITORY_FILE } from './repository-config.ts';
import { buildTree, type RepositoryTree } from './repository-tree.ts';
import { type GraphInput, graphSteps, type StackGraph } from './stack-graph.ts';

/** Where files come from: a repository's objects, or a working copy. */
export type TreeSource = Pick<GitObjects, 'listTree' | 'readBlobs' | 'treeId'>;

export interface LoadRequest {
  readonly objects: TreeSource;
  /** Of a working copy: any text. */
  readonly commit: string;
  readonly options: GraphOptions;
  /** The graph of the commit before: while a file does not parse, what it said there goes on counting. */
  readonly former?: StackGraph;
  /** Used where the commit's own holdfast.yaml is unusable; without it that is an error. */
  readonly fallback?: () => Promise<RepositoryConfig>;
}

/** A commit's graph with what it was made from. */
export interface LoadedGraph {
  readonly commit: string;
  readonly graph: StackGraph;
  readonly config: RepositoryConfig;
  /** The commit's own holdfast.yaml could not be used. */
  readonly isFallback: boolean;
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
  const { objects, commit, options, former } = request;
  const tree = buildTree(await objects.listTree(commit), await objects.treeId(commit));
  const { config, isFallback } = await loadConfig(tree, request, readConfig);
  const session = facts.open();
  for (const entry of tree.entries) wantAhead(session, entry);
  await session.fill(objects);
  const known = former ? { former: former.parts.discovery.dirs } : {};
  const input: GraphInput = { tree, facts: session, config, options, ...known };
  return { commit, config, isFallback, graph: await settle(() => graphSteps(input), session, objects) };
}

/** A commit's graph made from another one's. */
interface AdvancedLoad {
  readonly after: LoadedGraph;
  readonly changes: readonly TreeChange[];
  /** Stacks of which the graphs differ; null where it was read afresh, so that any may. */
  readonly moved: ReadonlySet<string> | null;
}

/**
 * The graph of a commit from that of another one: only what differs is read. The same as `loadGraph` gives, in the time
 * that the differences take.
 */
export async function advanceGraph(
  before: LoadedGraph,
  request: LoadRequest & { readonly objects: GitObjects },
  facts: BlobFacts,
  readConfig: ReadRepositoryConfig,
): Promise<AdvancedLoad> {
  const { objects, commit, options } = request;
  const changes = await objects.compare(before.commit, commit);
  if (before.isFallback || !canAdvance(changes)) {
    return { after: await loadGraph({ ...request, former: before.graph }, facts, readConfig), changes, moved: null };
  }
  const tree = before.graph.tree.with(changes, await objects.treeId(commit));
  const isConfigured = changes.some(({ path }) => path === REPOSITORY_FILE);
  const { config } = isConfigured ? await loadConfig(tree, request, readConfig) : before;
  const session = facts.open();
  for (const { after } of changes) if (after) wantAhead(session, after);
  const input = { tree, facts: session, config, options };
  await session.fill(objects);
  const { graph, moved } = await settle(() => advanceSteps(before.graph, changes, input), session, objects);
  return { after: { commit, config, isFallback: false, graph }, changes, moved };
}

function wantAhead(session: FactSession, { path, mode, sha }: TreeEntry): void {
  const kind = isEngineFolder(path) ? null : kindAhead(path, mode);
  if (kind) session.want({ sha, kind });
}

/** Builds until nothing new was asked for: a link, a template or a variable file is only known of when something names it. */
async function settle<T>(begin: () => Generator<void, T>, session: FactSession, objects: TreeSource): Promise<T> {
  for (let round = 0; round < MAX_ROUNDS; round++) {
    const steps = begin();
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

interface UsedConfig {
  readonly config: RepositoryConfig;
  readonly isFallback: boolean;
}

async function loadConfig(
  tree: RepositoryTree,
  request: LoadRequest,
  readConfig: ReadRepositoryConfig,
): Promise<UsedConfig> {
  const entry = tree.byPath.get(REPOSITORY_FILE);
  const blobs = entry ? await request.objects.readBlobs([entry.sha], 1024 * 1024) : null;
  const bytes = entry ? (blobs?.get(entry.sha) ?? null) : null;
  if (entry && (!bytes || entry.mode === '120000')) {
    const message = `${REPOSITORY_FILE} is a link, or larger than 1 MB`;
    return refuse(request, [{ message, line: null, column: null }]);
  }
  const { config, faults } = await readConfig(bytes);
  return faults.length > 0 ? refuse(request, faults) : { config, isFallback: false };
}

async function refuse(request: LoadRequest, faults: readonly ConfigFault[]): Promise<UsedConfig> {
  if (request.fallback) return { config: await request.fallback(), isFallback: true };
  const message = faults.map((fault) => fault.message).join('; ');
  throw new HoldfastError('invalid', message, {
    treatment: { kind: 'human', wayOut: `push a ${REPOSITORY_FILE} that is valid` },
    details: { diagnostics: faults.map((fault) => ({ file: REPOSITORY_FILE, ...fault })) },
  });
}

/** The holdfast.yaml of a commit alone. Throws like `loadGraph`. */
export async function loadConfigAt(request: LoadRequest, readConfig: ReadRepositoryConfig): Promise<RepositoryConfig> {
  const tree = buildTree(await request.objects.listTree(request.commit));
  return (await loadConfig(tree, request, readConfig)).config;
}
