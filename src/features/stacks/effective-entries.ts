import { canonicalJson } from '../../kernel/digest.ts';
import type { StackEntry } from '../../kernel/stack-entry.ts';
import type { Root } from './discover-roots.ts';
import type { GraphOptions } from './graph-options.ts';
import { innerDir, outerDir } from './repo-path.ts';
import { type ConfiguredStack, type RepositoryConfig, UNLISTED_STACK } from './repository-config.ts';
import type { FactLookup, RepositoryTree } from './repository-tree.ts';

/** The stacks of a commit with every default filled in, and what was wrong with some. */
export interface EffectiveEntries {
  readonly entries: readonly StackEntry[];
  readonly problems: readonly EntryProblem[];
}

/** Why an entry makes no stack. */
export interface EntryProblem {
  readonly message: string;
  /** Of holdfast.yaml, where it lists the stack. */
  readonly line: number | null;
  /** As holdfast.yaml lists it; null for one that was discovered. */
  readonly stack: ConfiguredStack | null;
  readonly key: 'name' | 'dir' | 'workspace';
}

/**
 * Listed stacks first, then discovered ones whose directory nothing lists. The second of two stacks with one name, or with one directory and
 * workspace, is left out and said.
 */
export function effectiveEntries(
  tree: RepositoryTree,
  roots: readonly Root[],
  config: RepositoryConfig,
  options: GraphOptions,
  facts: FactLookup,
): EffectiveEntries {
  const problems: EntryProblem[] = [];
  const byName = new Map<string, StackEntry>();
  const places = new Set<string>();
  const listedDirs = new Set<string>();

  function report(stack: ConfiguredStack | null, key: EntryProblem['key'], message: string): void {
    problems.push({ message, line: stack?.place?.line ?? null, stack, key });
  }

  function add(entry: StackEntry, stack: ConfiguredStack | null): void {
    const other = byName.get(entry.name);
    const fault = options.naming.fault(entry.name);
    const place = `${entry.dir}\0${entry.workspace}`;
    if (fault !== null) {
      report(stack, 'name', `stack "${entry.name}" in ${entry.dir}: its name ${fault}; set \`name\` in holdfast.yaml`);
    } else if (other) {
      report(stack, 'name', clash(entry, other));
    } else if (places.has(place)) {
      const message = `stack "${entry.name}": ${entry.dir} with workspace "${entry.workspace}" is listed twice; give one of them another \`workspace\``;
      report(stack, 'workspace', message);
    } else {
      places.add(place);
      byName.set(entry.name, entry);
    }
  }

  for (const stack of config.stacks) {
    const dir = innerDir(stack.dir);
    if (dir !== null) listedDirs.add(dir);
    const message = placeProblem(stack, dir, (path) => tree.resolve(path, facts).kind === 'dir');
    if (message !== null || dir === null) report(stack, 'dir', message ?? '');
    // What an app's stacks are, a worker finds out (features/cdktf).
    else if (stack.cdktf === null) add(fill(stack, dir, options, true, isTofuOnly(tree, dir)), stack);
  }
  for (const root of roots) {
    if (!listedDirs.has(root.dir)) add(fill(UNLISTED_STACK, root.dir, options, false, root.isTofuOnly), null);
  }
  const entries = [...byName.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
  return { entries, problems };
}

function clash(entry: StackEntry, other: StackEntry): string {
  const isTwin = entry.dir !== other.dir && entry.dir.normalize('NFC') === other.dir.normalize('NFC');
  const why = isTwin ? ' (the directories differ only in how their Unicode is composed)' : '';
  return `stack "${entry.name}" in ${entry.dir}: ${other.dir} has the same name${why}; give one of them another \`name\` in holdfast.yaml`;
}

function placeProblem(stack: ConfiguredStack, dir: string | null, exists: (dir: string) => boolean): string | null {
  const name = stack.name ?? stack.dir;
  if (dir === null) return `stack "${name}": \`dir\` ${stack.dir} leaves the repository`;
  return exists(dir) ? null : `stack "${name}": \`dir\` ${stack.dir} is no directory of the repository`;
}

function isTofuOnly(tree: RepositoryTree, dir: string): boolean {
  const names = tree.configDirs.get(dir) ?? [];
  return names.length > 0 && names.every((name) => name.endsWith('.tofu') || name.endsWith('.tofu.json'));
}

function fill(
  stack: ConfiguredStack,
  dir: string,
  options: GraphOptions,
  listed: boolean,
  tofuOnly: boolean,
): StackEntry {
  const usual = tofuOnly || !options.allow.engines.includes('terraform') ? 'opentofu' : 'terraform';
  return {
    name: stack.name ?? options.naming.defaultName(outerDir(dir)),
    dir: outerDir(dir),
    engine: stack.engine ?? usual,
    engine_version: stack.engine_version,
    workspace: stack.workspace,
    var_files: stack.var_files,
    env: stack.env,
    when_modified: stack.when_modified,
    depends_on: stack.depends_on,
    wait_for_dependencies: stack.wait_for_dependencies,
    inputs: stack.inputs,
    apply: stack.apply,
    drift: stack.drift,
    cdktf: stack.cdktf,
    listed,
  };
}

/** What of an entry decides a plan, as comparable text. Whether it was listed or found makes no difference. */
export function entryKey(entry: StackEntry): string {
  const { listed: _listed, ...rest } = entry;
  return canonicalJson(rest);
}
