import picomatch from 'picomatch';
import { configKind, isTofu } from './file-roles.ts';
import { callsOf } from './module-directory.ts';
import type { RepositoryConfig } from './repository-config.ts';
import type { FactLookup, RepositoryTree } from './repository-tree.ts';

/** What decides whether a directory with configuration is a root, and what it says of others. */
export interface RootFacts {
  /** It has a `backend` or `cloud` block. */
  readonly isClaimed: boolean;
  readonly isBroken: boolean;
  /** Only OpenTofu can read it. */
  readonly isTofuOnly: boolean;
  /** Directories that its module calls lead to, each once. */
  readonly calls: readonly string[];
  /** Where its linked files lead. */
  readonly targets: readonly string[];
}

/** What is known of all directories with configuration, by path in inner form. */
export interface Discovery {
  readonly dirs: ReadonlyMap<string, RootFacts>;
  /** Directories that module calls lead to. */
  readonly called: ReadonlySet<string>;
  /** Directories that have a linked file, by where it leads. */
  readonly linked: ReadonlyMap<string, readonly string[]>;
}

/** A directory that is a stack by itself. */
export interface Root {
  readonly dir: string;
  readonly isTofuOnly: boolean;
}

export interface DiscoveryInput {
  readonly tree: RepositoryTree;
  readonly facts: FactLookup;
  /** Addresses of the repository, by `repositoryKey`. */
  readonly self: ReadonlySet<string>;
  /**
   * The same of the commit before: while a file does not parse, its calls and its backend may be hidden, and a module
   * must not become a stack, nor a stack vanish, for that.
   */
  readonly former?: ReadonlyMap<string, RootFacts>;
}

/** Looks at every directory. */
export function discover(input: DiscoveryInput): Discovery {
  const dirs = new Map<string, RootFacts>();
  for (const [dir, names] of input.tree.configDirs) dirs.set(dir, readRootFacts(input, dir, names));
  return arrange(dirs);
}

/** Looks again at some directories; answers the same discovery where nothing that matters moved. */
export function rediscover(before: Discovery, input: DiscoveryInput, changed: Iterable<string>): Discovery {
  const fresh = new Map<string, RootFacts | null>();
  for (const dir of changed) {
    const names = input.tree.configDirs.get(dir);
    const facts = names ? readRootFacts({ ...input, former: before.dirs }, dir, names) : null;
    if (JSON.stringify(facts) !== JSON.stringify(before.dirs.get(dir) ?? null)) fresh.set(dir, facts);
  }
  if (fresh.size === 0) return before;
  const dirs = new Map(before.dirs);
  for (const [dir, facts] of fresh) {
    if (facts) dirs.set(dir, facts);
    else dirs.delete(dir);
  }
  return arrange(dirs);
}

function readRootFacts(
  { tree, facts, self, former }: DiscoveryInput,
  dir: string,
  names: readonly string[],
): RootFacts {
  const targets: string[] = [];
  const files = names.flatMap((name) => {
    const path = dir === '' ? name : `${dir}/${name}`;
    const target = tree.resolve(path, facts);
    if (target.links.length > 0) targets.push(target.path);
    const entry = target.kind === 'file' ? tree.byPath.get(target.path) : undefined;
    const file = entry ? facts.get(entry.sha, configKind(name)) : null;
    return file ? [{ file, path }] : [];
  });
  const isBroken = files.some(({ file }) => file.problem);
  const old = isBroken ? former?.get(dir) : undefined;
  const calls = new Set(old?.calls);
  for (const { source } of callsOf(dir, files, self)) {
    if ((source.kind === 'local' || source.kind === 'self') && source.path !== null)
      calls.add(tree.resolve(source.path, facts).path);
  }
  return {
    isClaimed: old?.isClaimed === true || files.some(({ file }) => file.backends.length > 0),
    isBroken,
    isTofuOnly: names.every(isTofu),
    calls: [...calls],
    targets,
  };
}

function arrange(dirs: ReadonlyMap<string, RootFacts>): Discovery {
  const called = new Set<string>();
  const linked = new Map<string, string[]>();
  for (const [dir, { calls, targets }] of dirs) {
    for (const to of calls) called.add(to);
    for (const target of targets) linked.set(target, [...(linked.get(target) ?? []), dir]);
  }
  return { dirs, called, linked };
}

/**
 * The rule "Root" (contract): a directory with configuration that has a `backend` or `cloud` block, or that no module call
 * of the repository names and that has no path segment `modules`. What holdfast.yaml lists is added elsewhere.
 */
export function rootsOf({ dirs, called }: Discovery, config: RepositoryConfig): Root[] {
  if (!config.discover.enabled) return [];
  const isIgnored = ignoreMatcher(config);
  const roots: Root[] = [];
  for (const [dir, { isClaimed, isTofuOnly }] of dirs) {
    if ((isClaimed || !(called.has(dir) || hasModulesSegment(dir))) && !isIgnored(dir)) roots.push({ dir, isTofuOnly });
  }
  return roots;
}

function hasModulesSegment(dir: string): boolean {
  return dir.includes('modules') && dir.split('/').includes('modules');
}

/** A pattern ignores a directory that it matches, or whose files it matches. */
function ignoreMatcher(config: RepositoryConfig): (dir: string) => boolean {
  if (config.discover.ignore.length === 0) return () => false;
  const patterns = config.discover.ignore.map((pattern) => pattern.replace(/^\.\//, ''));
  const matches = picomatch([...patterns], { dot: true });
  return (dir) => matches(dir) || matches(dir === '' ? 'main.tf' : `${dir}/main.tf`);
}
