import type { LoadedGraph } from './graph-loader.ts';
import type { StackNaming } from './graph-options.ts';
import { dirOf, innerDir, joinPath, outerDir } from './repo-path.ts';
import type { ConfiguredStack } from './repository-config.ts';
import type { StackNode } from './stack-node.ts';
import type { Touch } from './touch.ts';
import { whenModifiedTouches } from './when-modified.ts';

const CONFIG_OF_APP = 'cdktf.json';

/** A key of an entry that is a list, and an index in it. */
export type EntryKey = readonly [string, number];

/** Something that an entry of holdfast.yaml says and the repository does not have. */
export interface EntryOddity {
  readonly severity: 'error' | 'warning';
  readonly key: EntryKey;
  readonly value: string;
  readonly message: string;
  readonly wayOut?: string;
}

/** Globs that match nothing, and variable files that are not there. */
export function entryOddities(node: StackNode, { graph }: LoadedGraph): EntryOddity[] {
  const { when_modified: globs, var_files: files } = node.entry;
  const gone = files.flatMap((file, index): EntryOddity[] => {
    const path = joinPath(node.root, file);
    if (path !== null && graph.tree.byPath.has(path)) return [];
    const wayOut = 'create it, or correct the path';
    const message = 'is not there, relative to `dir`';
    return [{ severity: 'error', key: ['var_files', index], value: file, message, wayOut }];
  });
  return [...idleGlobs(node.touches, globs, graph), ...gone];
}

/** The same of an app's entry, whose stacks nobody has synthesised. */
export function appOddities(
  stack: ConfiguredStack,
  { graph }: LoadedGraph,
  isKnown: (need: string) => boolean,
): EntryOddity[] {
  const globs = stack.when_modified;
  const idle = idleGlobs(whenModifiedTouches(globs, innerDir(stack.dir) ?? ''), globs, graph);
  const files = stack.var_files.map((value, index): EntryOddity => {
    const message = 'has no effect: the stacks of a CDKTF app take no variable files';
    return { severity: 'warning', key: ['var_files', index], value, message };
  });
  const unknown = stack.depends_on.flatMap((value, index): EntryOddity[] => {
    if (isKnown(value) || graph.stacks.has(value)) return [];
    const message = 'is no stack (unless another repository has it)';
    return [{ severity: 'warning', key: ['depends_on', index], value, message }];
  });
  return [...idle, ...files, ...unknown];
}

function idleGlobs(touches: readonly Touch[], globs: readonly string[], { tree }: LoadedGraph['graph']): EntryOddity[] {
  return touches.flatMap((touch): EntryOddity[] => {
    if (touch.match !== 'glob' || tree.under(touch.base).some((entry) => touch.test(entry.path))) return [];
    const value = touch.via[0] ?? '';
    return [{ severity: 'warning', key: ['when_modified', globs.indexOf(value)], value, message: 'matches no file' }];
  });
}

/** What the CDKTF apps of a repository are called. */
export function appNames({ graph, config }: LoadedGraph, naming: StackNaming): Set<string> {
  const listed = config.stacks.flatMap(({ cdktf, name, dir }) =>
    cdktf === null ? [] : (name ?? naming.defaultName(dir)),
  );
  const found = graph.tree.entries.flatMap(({ path }) =>
    path === CONFIG_OF_APP || path.endsWith(`/${CONFIG_OF_APP}`) ? naming.defaultName(outerDir(dirOf(path))) : [],
  );
  return new Set([...listed, ...found]);
}

/** Whether a name can be that of an app's stack. */
export function isOfApp(name: string, apps: ReadonlySet<string>): boolean {
  return [...apps].some((app) => name.startsWith(`${app}/`));
}
