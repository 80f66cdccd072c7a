import { dependencyFaults } from '../dependencies/index.ts';
import type { BlobFacts } from './blob-facts.ts';
import { type LoadedGraph, type LoadRequest, loadGraph } from './graph-loader.ts';
import { innerDir, joinPath } from './repo-path.ts';
import type { ReadRepositoryConfig } from './repository-config.ts';
import { REPOSITORY_FILE } from './repository-config.ts';
import { stackNeeds } from './stack-needs.ts';
import type { StackNode } from './stack-node.ts';

/** One thing that is wrong with, or odd about, the stacks of a repository. */
export interface StackFinding {
  /** A warning: planned all the same, or only a server can allow it. */
  readonly severity: 'error' | 'warning';
  /** null where no single stack is meant. */
  readonly stack: string | null;
  readonly file: string | null;
  readonly line: number | null;
  readonly message: string;
}

/**
 * What is wrong in the stacks of a commit or working copy: syntax, modules, backends, names. A holdfast.yaml that cannot be
 * used is somebody else's finding; the stacks are then looked at as if there were none.
 */
export async function checkStacks(
  request: Omit<LoadRequest, 'fallback' | 'former'>,
  facts: BlobFacts,
  readConfig: ReadRepositoryConfig,
): Promise<StackFinding[]> {
  const loaded = await loadGraph(
    { ...request, fallback: async () => (await readConfig(null)).config },
    facts,
    readConfig,
  );
  const found = new Map<string, StackFinding>();
  for (const { message, line } of loaded.graph.parts.entryProblems)
    add(found, 'error', null, REPOSITORY_FILE, line, message);
  for (const { severity, stack, file, line, message } of needProblems(loaded))
    add(found, severity, stack, file, line, message);
  for (const node of loaded.graph.stacks.values()) {
    for (const problem of node.problems) {
      const severity = problem.isAllowance ? 'warning' : 'error';
      add(found, severity, node.entry.name, problem.path, problem.line, problem.message);
    }
    for (const message of oddities(node, loaded))
      add(found, 'warning', node.entry.name, REPOSITORY_FILE, lineOf(node, loaded), message);
    for (const { path, line, message } of [...node.leaving, ...node.remarks])
      add(found, 'warning', node.entry.name, path, line, message);
  }
  return [...found.values()];
}

/** Circles of needs are errors; a stack that is not here may be one of another repository, which only a server knows. */
function needProblems(loaded: LoadedGraph): (StackFinding & { readonly file: string })[] {
  const own = stackNeeds(loaded);
  const here = loaded.graph.stacks;
  const circles = dependencyFaults({
    own: own.filter(({ needs }) => here.has(needs)),
    others: [],
    isKnown: () => true,
  });
  const unknown = own.filter(({ needs }) => !here.has(needs));
  const names = dependencyFaults({ own: unknown, others: [], isKnown: () => false });
  return [
    ...circles.map((fault) => ({ ...fault, severity: 'error' as const })),
    ...names.map((fault) => ({
      ...fault,
      message: `${fault.message} (unless another repository has it)`,
      severity: 'warning' as const,
    })),
  ];
}

/** A file that several stacks share is named once. */
function add(
  found: Map<string, StackFinding>,
  severity: StackFinding['severity'],
  stack: string | null,
  file: string,
  line: number | null,
  message: string,
): void {
  const key = `${file}:${line}: ${message}`;
  if (!found.has(key)) found.set(key, { severity, stack, file, line, message });
}

/** Where holdfast.yaml lists the stack. */
function lineOf({ entry }: StackNode, { config }: LoadedGraph): number | null {
  const listed = config.stacks.find(
    ({ dir, workspace }) => innerDir(dir) === innerDir(entry.dir) && workspace === entry.workspace,
  );
  return listed?.place?.line ?? null;
}

function oddities(node: StackNode, { graph }: LoadedGraph): string[] {
  const globs = node.touches.flatMap((touch) => {
    if (touch.match !== 'glob') return [];
    const isUsed = graph.tree.under(touch.base).some((entry) => touch.test(entry.path));
    return isUsed ? [] : [`\`when_modified\` ${touch.via[0]} matches no file`];
  });
  const files = node.entry.var_files.flatMap((file) => {
    const path = joinPath(node.root, file);
    return path !== null && graph.tree.byPath.has(path) ? [] : [`\`var_files\` ${file} does not exist`];
  });
  return [...globs, ...files];
}
