import type { TreeEntry } from '../../platform/git/git-objects.ts';
import type { BlobKind, ParsedFile } from '../../platform/hcl/parsed-file.ts';
import { configEnding, isEngineFolder } from './file-roles.ts';
import { dirOf, joinPath, nameOf } from './repo-path.ts';

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
  /** By path in code unit order. */
  readonly entries: readonly TreeEntry[];
  readonly byPath: ReadonlyMap<string, TreeEntry>;
  /** Directories with configuration, and the names of the configuration files in each. */
  readonly configDirs: ReadonlyMap<string, readonly string[]>;
  isDirectory(dir: string): boolean;
  /** Entries below a directory, at any depth. */
  under(dir: string): readonly TreeEntry[];
  /** Entries whose path begins with `prefix`. */
  withPrefix(prefix: string): readonly TreeEntry[];
  resolve(path: string, facts: FactLookup): Resolved;
}

const MAX_LINKS = 40;

/** Arranges a commit's entries; `listTree` may give them in any order. */
export function buildTree(listed: readonly TreeEntry[]): RepositoryTree {
  const entries = [...listed].sort((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0));
  const byPath = new Map<string, TreeEntry>();
  const dirs = new Set<string>(['']);
  const configDirs = new Map<string, string[]>();
  let hasDetours = false;
  for (const entry of entries) {
    byPath.set(entry.path, entry);
    if (entry.mode === '120000' || entry.mode === '160000') hasDetours = true;
    const dir = dirOf(entry.path);
    for (let up = dir; !dirs.has(up); up = dirOf(up)) dirs.add(up);
    const name = nameOf(entry.path);
    if (entry.mode === '160000' || !configEnding(name) || isEngineFolder(entry.path)) continue;
    const names = configDirs.get(dir);
    if (names) names.push(name);
    else configDirs.set(dir, [name]);
  }
  function withPrefix(prefix: string): TreeEntry[] {
    let low = 0;
    let high = entries.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((entries[middle]?.path ?? '') < prefix) low = middle + 1;
      else high = middle;
    }
    let end = low;
    while (entries[end]?.path.startsWith(prefix)) end += 1;
    return entries.slice(low, end);
  }
  const tree: RepositoryTree = {
    entries,
    byPath,
    configDirs,
    isDirectory: (dir) => dirs.has(dir),
    under: (dir) => (dir === '' ? entries : withPrefix(`${dir}/`)),
    withPrefix,
    resolve(path, facts) {
      return hasDetours ? resolveLinks(tree, path, facts) : direct(tree, path, []);
    },
  };
  return tree;
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
