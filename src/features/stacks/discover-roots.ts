import picomatch from 'picomatch';
import { configKind, isTofu } from './file-roles.ts';
import { callsOf } from './module-directory.ts';
import type { RepositoryConfig } from './repository-config.ts';
import type { FactLookup, RepositoryTree } from './repository-tree.ts';

/** What discovery found. Directories are in inner form. */
export interface Discovery {
  /** Directories that are stacks by themselves, with whether only OpenTofu can read them. */
  readonly roots: readonly { readonly dir: string; readonly isTofuOnly: boolean }[];
  /** Directories that some module call of the repository names. */
  readonly called: ReadonlySet<string>;
}

/**
 * The rule "Root" (contract): a directory with configuration that has a `backend` or `cloud` block, or that no module call
 * of the repository names and that has no path segment `modules`. What holdfast.yaml lists is added elsewhere.
 *
 * `formerlyCalled` are the directories called at the commit before: while a file does not parse, its calls may be hidden,
 * and a module must not become a stack for that.
 */
export function discoverRoots(
  tree: RepositoryTree,
  facts: FactLookup,
  config: RepositoryConfig,
  self: ReadonlySet<string>,
  formerlyCalled: ReadonlySet<string> = new Set(),
): Discovery {
  const called = new Set<string>();
  const claimed = new Set<string>();
  let isBroken = false;
  for (const [dir, names] of tree.configDirs) {
    const files = names.flatMap((name) => {
      const path = dir === '' ? name : `${dir}/${name}`;
      const target = tree.resolve(path, facts);
      const entry = target.kind === 'file' ? tree.byPath.get(target.path) : undefined;
      const file = entry ? facts.get(entry.sha, configKind(name)) : null;
      return file ? [{ file, path }] : [];
    });
    if (files.some(({ file }) => file.problem)) isBroken = true;
    if (files.some(({ file }) => file.backends.length > 0)) claimed.add(dir);
    for (const { source } of callsOf(dir, files, self)) {
      if ((source.kind === 'local' || source.kind === 'self') && source.path !== null)
        called.add(tree.resolve(source.path, facts).path);
    }
  }
  if (isBroken) for (const dir of formerlyCalled) called.add(dir);
  const isIgnored = ignoreMatcher(config);
  const roots = config.discover.enabled
    ? [...tree.configDirs].filter(
        ([dir]) => !isIgnored(dir) && (claimed.has(dir) || !(called.has(dir) || hasModulesSegment(dir))),
      )
    : [];
  return { roots: roots.map(([dir, names]) => ({ dir, isTofuOnly: names.every(isTofu) })), called };
}

function hasModulesSegment(dir: string): boolean {
  return dir.split('/').includes('modules');
}

/** A pattern ignores a directory that it matches, or whose files it matches. */
function ignoreMatcher(config: RepositoryConfig): (dir: string) => boolean {
  if (config.discover.ignore.length === 0) return () => false;
  const patterns = config.discover.ignore.map((pattern) => pattern.replace(/^\.\//, ''));
  const matches = picomatch([...patterns], { dot: true });
  return (dir) => matches(dir) || matches(dir === '' ? 'main.tf' : `${dir}/main.tf`);
}
