import type { StackEntry } from '../../kernel/stack-entry.ts';
import type { BackendBlock } from '../../platform/hcl/parsed-file.ts';
import type { RunSpec } from '../runs/index.ts';
import { type Closure, findClosure, type StackProblem } from './closure.ts';
import type { GraphOptions } from './graph-options.ts';
import { findLock, initKey } from './init-key.ts';
import type { DirectoryLookup } from './module-directory.ts';
import { Probes } from './probes.ts';
import { innerDir } from './repo-path.ts';
import type { FactLookup, RepositoryTree } from './repository-tree.ts';
import { chooseBackend } from './stack-backend.ts';
import { chooseEngine } from './stack-engine.ts';
import { stateHomes, stateReads } from './stack-state.ts';
import { stackTouches } from './stack-touches.ts';
import type { DerivedDependency, StateAddress, StateRead } from './state-links.ts';
import type { Touch } from './touch.ts';

/** One stack at one commit: what it is made of and what touches it. */
export interface StackNode {
  readonly entry: StackEntry;
  /** Where the stack's directory leads, in inner form. */
  readonly root: string;
  /** Directories of its closure, its own first. */
  readonly dirs: readonly string[];
  readonly touches: readonly Touch[];
  /** Why not every read can be known; empty: the closure is proven. */
  readonly doubts: readonly string[];
  /** Reads that leave the repository: not refused, and said by `validate`. */
  readonly leaving: readonly StackProblem[];
  /** What people are told although it is planned: a version file that chooses nothing. */
  readonly remarks: readonly StackProblem[];
  readonly backend: RunSpec['backend'];
  readonly backendBlocks: readonly BackendBlock[];
  readonly engine: RunSpec['engine'];
  /** Moves when init is necessary again. */
  readonly initKey: string;
  /** SHA-256 of its lock file. */
  readonly lockDigest: string | null;
  /** Hashes of paths that it looked for (`pathHash`). */
  readonly probes: Uint32Array;
  /** Under which addresses its state may be read. */
  readonly stateHomes: readonly StateAddress[];
  readonly stateReads: readonly StateRead[];
  /** Stacks whose state it reads by `terraform_remote_state`, by name. */
  readonly derivedDependencies: readonly DerivedDependency[];
  /** Why it cannot be planned; empty where all is well. */
  readonly problems: readonly StackProblem[];
  /** The problem for which no engine is started; one in a file's syntax is left to the engine, which says it best. */
  readonly refused: StackProblem | null;
}

export interface NodeInput {
  readonly tree: RepositoryTree;
  readonly facts: FactLookup;
  readonly directories: DirectoryLookup;
  readonly options: GraphOptions;
}

/** Reads one stack out of its commit. */
export function buildNode(entry: StackEntry, input: NodeInput): StackNode {
  const { facts, directories, options } = input;
  const probes = new Probes();
  const tree = probes.watch(input.tree);
  const place = tree.resolve(innerDir(entry.dir) ?? '', facts);
  const closure = findClosure(place.path, entry.engine, tree, facts, directories);
  for (const { directory } of closure.modules) for (const path of directory.targets) probes.add(path);
  const own = directories.get(place.path, entry.engine);
  const backend = chooseBackend(entry, own, options);
  const engine = chooseEngine(entry, own, tree, facts, options);
  const touched = stackTouches(entry, place.path, closure, tree, facts);
  const outside = touched.outside.map((path) => ({ path, line: null, message: 'this link leaves the repository' }));
  const refusals = [...closure.problems, ...backend.problems, ...engine.problems, ...outside];
  const links: Touch[] = place.links.map((path) => ({ match: 'file', path, kind: 'file', via: [] }));
  const lockDigest = findLock(place.path, tree, facts);
  return {
    entry,
    root: place.path,
    dirs: closure.modules.map(({ directory }) => directory.dir),
    touches: [...links, ...touched.touches],
    doubts: touched.doubts,
    leaving: touched.leaving,
    remarks: engine.remarks,
    backend: backend.backend,
    backendBlocks: backend.blocks,
    engine: engine.engine,
    initKey: initKey(closure, backend, lockDigest),
    lockDigest,
    stateHomes: stateHomes(entry, place.path, backend, own.locals),
    stateReads: stateReads(place.path, closure),
    derivedDependencies: [],
    problems: [...fileProblems(closure), ...emptyProblem(entry, closure), ...refusals],
    refused: refusals[0] ?? null,
    probes: probes.toHashes(),
  };
}

function fileProblems(closure: Closure): StackProblem[] {
  return closure.modules.flatMap(({ directory }) =>
    directory.files.flatMap(({ path, file }) => (file.problem ? [{ path, ...file.problem }] : [])),
  );
}

function emptyProblem(entry: StackEntry, closure: Closure): StackProblem[] {
  const files = closure.modules[0]?.directory.files.length ?? 0;
  if (files > 0) return [];
  const message = `the directory holds no configuration that ${entry.engine} reads`;
  return [{ path: entry.dir, line: null, message }];
}

/** A node's problems for people: `net/main.tf:3: …`, at most five; null where there are none. */
export function unreadableText(node: StackNode): string | null {
  if (node.problems.length === 0) return null;
  const lines = node.problems.map(({ path, line, message }) => `${path}${line === null ? '' : `:${line}`}: ${message}`);
  const more = lines.length > 5 ? [`and ${lines.length - 5} more`] : [];
  return [...new Set(lines)].slice(0, 5).concat(more).join('\n');
}
