import type { TreeChange, TreeEntry } from '../../platform/git/git-objects.ts';
import type { BlobKind, ParsedFile } from '../../platform/hcl/parsed-file.ts';
import { joinPath } from './repo-path.ts';
import {
  changeDirectory,
  directoriesBelow,
  directoryAt,
  entriesBelow,
  entryAt,
  type TreeDirectory,
  toDirectory,
} from './tree-directory.ts';

/** What is known about blobs. null: not known yet (the lookup remembers that it was asked). */
export interface FactLookup {
  get(sha: string, kind: BlobKind): ParsedFile | null;
}

/** Where a path leads after every link on its way was followed. */
export interface Resolved {
  readonly kind: 'file' | 'dir' | 'submodule' | 'missing' | 'outside';
  readonly path: string;
  /** Links followed, by their own paths. */
  readonly links: readonly string[];
}

/** The files of one commit, arranged for asking. Directories are in inner form. */
export interface RepositoryTree {
  /** Of all content: git's id of the tree where there is one. */
  readonly id: string | null;
  /** Every file, link and submodule, in an order that content alone decides. */
  readonly entries: readonly TreeEntry[];
  readonly isEmpty: boolean;
  readonly byPath: Pick<ReadonlyMap<string, TreeEntry>, 'get' | 'has'>;
  /** Directories with configuration, and the names of the configuration files in each. */
  readonly configDirs: Pick<ReadonlyMap<string, readonly string[]>, 'get'> & Iterable<[string, readonly string[]]>;
  isDirectory(dir: string): boolean;
  /** Files right in a directory. */
  filesIn(dir: string): readonly TreeEntry[];
  /** Entries below a directory, at any depth. */
  under(dir: string): TreeEntry[];
  /** Entries whose path begins with `prefix`. */
  withPrefix(prefix: string): TreeEntry[];
  resolve(path: string, facts: FactLookup): Resolved;
  /** The next commit's tree, which shares what did not change. */
  with(changes: readonly TreeChange[], id: string | null): RepositoryTree;
}

const MAX_LINKS = 40;

/** Arranges a commit's entries; `listTree` may give them in any order. */
export function buildTree(listed: readonly TreeEntry[], id: string | null = null): RepositoryTree {
  return arrange(toDirectory(listed), id, listed.filter(isDetour).length);
}

/** Links and submodules: a path that goes through one leads elsewhere. */
export function isDetour(entry: TreeEntry | null): boolean {
  return entry !== null && (entry.mode === '120000' || entry.mode === '160000');
}

function arrange(root: TreeDirectory, id: string | null, detours: number): RepositoryTree {
  const under = (dir: string): TreeEntry[] => {
    const directory = directoryAt(root, dir);
    return directory ? [...entriesBelow(directory)] : [];
  };
  const tree: RepositoryTree = {
    id,
    get entries() {
      return [...entriesBelow(root)];
    },
    isEmpty: root.files.length + root.dirs.length === 0,
    byPath: { get: (path) => entryAt(root, path) ?? undefined, has: (path) => entryAt(root, path) !== null },
    configDirs: {
      get: (dir) => {
        const names = directoryAt(root, dir)?.config;
        return names && names.length > 0 ? names : undefined;
      },
      [Symbol.iterator]: () => configDirsOf(root),
    },
    isDirectory: (dir) => directoryAt(root, dir) !== null,
    filesIn: (dir) => directoryAt(root, dir)?.files ?? [],
    under,
    withPrefix(prefix) {
      const slash = prefix.lastIndexOf('/');
      const directory = directoryAt(root, slash === -1 ? '' : prefix.slice(0, slash));
      if (!directory) return [];
      const rest = prefix.slice(slash + 1);
      const dirs = directory.dirs.filter(({ name }) => name.startsWith(rest));
      return [
        ...directory.files.filter(({ path }) => path.startsWith(prefix)),
        ...dirs.flatMap((below) => [...entriesBelow(below.directory)]),
      ];
    },
    resolve(path, facts) {
      return detours > 0 ? resolveLinks(tree, path, facts) : direct(tree, path, []);
    },
    with(changes, next) {
      const came = changes.filter(({ after }) => isDetour(after)).length;
      const went = changes.filter(({ before }) => isDetour(before)).length;
      return arrange(changeDirectory(root, '', changes), next, detours + came - went);
    },
  };
  return tree;
}

function* configDirsOf(root: TreeDirectory): Generator<[string, readonly string[]]> {
  for (const [path, { config }] of directoriesBelow(root)) if (config.length > 0) yield [path, config];
}

function direct(tree: RepositoryTree, path: string, links: readonly string[]): Resolved {
  const entry = tree.byPath.get(path);
  if (entry) return { kind: entry.mode === '160000' ? 'submodule' : 'file', path, links };
  return { kind: tree.isDirectory(path) ? 'dir' : 'missing', path, links };
}

function resolveLinks(tree: RepositoryTree, path: string, facts: FactLookup): Resolved {
  const links: string[] = [];
  let at = '';
  let rest = path === '' ? [] : path.split('/');
  while (rest.length > 0) {
    const [segment = '', ...more] = rest;
    const next = at === '' ? segment : `${at}/${segment}`;
    const entry = tree.byPath.get(next);
    rest = more;
    if (entry?.mode === '160000') return { kind: 'submodule', path: next, links };
    if (entry?.mode !== '120000') {
      at = next;
      continue;
    }
    links.push(next);
    const target = facts.get(entry.sha, 'link')?.text ?? null;
    if (target === null || links.length > MAX_LINKS) return { kind: 'missing', path: next, links };
    const joined = joinPath(at, target);
    if (joined === null) return { kind: 'outside', path: next, links };
    rest = [...(joined === '' ? [] : joined.split('/')), ...more];
    at = '';
  }
  return direct(tree, at, links);
}
