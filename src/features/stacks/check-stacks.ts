import { type DependencyFault, dependencyFaults } from '../dependencies/index.ts';
import type { BlobFacts } from './blob-facts.ts';
import { appNames, appOddities, entryOddities, isOfApp, type EntryKey as Key } from './entry-oddities.ts';
import { type LoadedGraph, type LoadRequest, loadGraph } from './graph-loader.ts';
import { innerDir } from './repo-path.ts';
import type { ConfiguredStack, ReadRepositoryConfig } from './repository-config.ts';
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
  readonly column: number | null;
  /** Of the stack's entry in holdfast.yaml: `when_modified[0]`; null where none is meant. */
  readonly key: string | null;
  /** What is written there, where the message says what is wrong with that. */
  readonly value?: string;
  readonly message: string;
  readonly wayOut?: string;
}

/** Where a key of an entry stands in holdfast.yaml: the key's path, as far as it is written there. */
export type PlaceOfKey = (
  stack: ConfiguredStack,
  key: readonly (string | number)[],
) => { readonly line: number; readonly column: number } | null;

/**
 * What is wrong in the stacks of a commit or working copy: syntax, modules, backends, names. A holdfast.yaml that cannot be
 * used is somebody else's finding; the stacks are then looked at as if there were none.
 */
export async function checkStacks(
  request: Omit<LoadRequest, 'fallback' | 'former'>,
  facts: BlobFacts,
  readConfig: ReadRepositoryConfig,
  placeOfKey: PlaceOfKey,
): Promise<StackFinding[]> {
  const loaded = await loadGraph(
    { ...request, fallback: async () => (await readConfig(null)).config },
    facts,
    readConfig,
  );
  const found = new Map<string, StackFinding>();
  /** A file that several stacks share is named once. */
  const add = (finding: StackFinding): void => {
    const key = `${finding.file}:${finding.line}:${finding.column}: ${finding.message}`;
    if (!found.has(key)) found.set(key, finding);
  };
  for (const { message, stack, key } of loaded.graph.parts.entryProblems) {
    const { line, column } = (stack && placeOfKey(stack, [key])) ?? NOWHERE;
    const name = stack?.name ?? stack?.dir ?? null;
    const said = key === 'dir' ? key : null;
    add({ severity: 'error', stack: name, file: REPOSITORY_FILE, line, column, key: said, message });
  }
  const names = appNames(loaded, request.options.naming);
  for (const finding of needProblems(loaded, placeOfKey, names)) add(finding);
  for (const stack of loaded.config.stacks.filter(({ cdktf }) => cdktf !== null)) {
    const name = stack.name ?? request.options.naming.defaultName(stack.dir);
    for (const { key, ...odd } of appOddities(stack, loaded, (need) => isOfApp(need, names))) {
      const { line, column } = placeIn(stack, key, placeOfKey);
      add({ ...odd, stack: name, file: REPOSITORY_FILE, line, column, key: keyText(key) });
    }
  }
  for (const node of loaded.graph.stacks.values()) {
    const stack = node.entry.name;
    for (const { path, line, column = null, message, isAllowance } of node.problems)
      add({ severity: isAllowance ? 'warning' : 'error', stack, file: path, line, column, key: null, message });
    for (const { key, ...odd } of entryOddities(node, loaded)) {
      const { line, column } = placeIn(stackOf(node, loaded), key, placeOfKey);
      add({ ...odd, stack, file: REPOSITORY_FILE, line, column, key: keyText(key) });
    }
    for (const { path, line, column = null, message } of [...node.leaving, ...node.remarks])
      add({ severity: 'warning', stack, file: path, line, column, key: null, message });
  }
  return [...found.values()];
}

const NOWHERE = { line: null, column: null };

function keyText([key, index]: Key): string {
  return `${key}[${index}]`;
}

function placeIn(stack: ConfiguredStack | undefined, key: Key, placeOfKey: PlaceOfKey) {
  return (stack && placeOfKey(stack, key)) ?? NOWHERE;
}

/** Circles of needs are errors; a stack that is not here may be one of another repository, which only a server knows. */
function needProblems(loaded: LoadedGraph, placeOfKey: PlaceOfKey, apps: ReadonlySet<string>): StackFinding[] {
  const own = stackNeeds(loaded);
  const here = loaded.graph.stacks;
  const circles = dependencyFaults({
    own: own.filter(({ needs }) => here.has(needs)),
    others: [],
    isKnown: () => true,
  });
  const unknown = own.filter(({ needs }) => !here.has(needs) && !isOfApp(needs, apps));
  const names = dependencyFaults({ own: unknown, others: [], isKnown: () => false });
  const toFinding = (fault: DependencyFault, severity: StackFinding['severity']): StackFinding => {
    const { stack, file, message, needs } = fault;
    const node = here.get(stack);
    const at = file === REPOSITORY_FILE ? node?.entry.depends_on.indexOf(needs ?? '') : undefined;
    const isWritten = at !== undefined && at >= 0;
    const key: Key | null = isWritten ? ['depends_on', at] : null;
    const listed = node && stackOf(node, loaded);
    const place = listed && file === REPOSITORY_FILE ? placeOfKey(listed, key ?? ['inputs']) : null;
    const { line, column } = place ?? { line: fault.line, column: null };
    return { severity, stack, file, line, column, key: key && keyText(key), message };
  };
  return [
    ...circles.map((fault) => toFinding(fault, 'error')),
    ...names.map((fault) =>
      toFinding({ ...fault, message: `${fault.message} (unless another repository has it)` }, 'warning'),
    ),
  ];
}

/** The entry that lists the stack. */
function stackOf({ entry }: StackNode, { config }: LoadedGraph): ConfiguredStack | undefined {
  return config.stacks.find(
    ({ dir, workspace }) => innerDir(dir) === innerDir(entry.dir) && workspace === entry.workspace,
  );
}
