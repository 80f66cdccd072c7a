import type { TreeChange, TreeEntry } from '../../platform/git/git-objects.ts';
import { configEnding, isEngineFolder } from './file-roles.ts';

/** One directory of a commit. Never altered: the next commit's shares whatever did not change. */
export interface TreeDirectory {
  /** Files, links and submodules in it, by name in code unit order. */
  readonly files: readonly TreeEntry[];
  readonly dirs: readonly NamedDirectory[];
  /** Names of its configuration files. */
  readonly config: readonly string[];
}

interface NamedDirectory {
  readonly name: string;
  readonly directory: TreeDirectory;
}

const NONE: readonly never[] = [];
const EMPTY: TreeDirectory = { files: NONE, dirs: NONE, config: NONE };

/** Arranges a listing in any order. */
export function toDirectory(entries: readonly TreeEntry[]): TreeDirectory {
  return changeDirectory(
    EMPTY,
    '',
    entries.map((after) => ({ path: after.path, before: null, after })),
  );
}

/** A directory with some paths below it changed; `prefix` is its own path with a slash, empty for the root. */
export function changeDirectory(old: TreeDirectory, prefix: string, changes: readonly TreeChange[]): TreeDirectory {
  const own: TreeChange[] = [];
  const below = new Map<string, TreeChange[]>();
  for (const change of changes) {
    const slash = change.path.indexOf('/', prefix.length);
    if (slash === -1) own.push(change);
    else pushTo(below, change.path.slice(prefix.length, slash), change);
  }
  const files = own.length === 0 ? old.files : changeFiles(old.files, own);
  return {
    files,
    dirs: below.size === 0 ? old.dirs : changeDirs(old.dirs, prefix, below),
    config: own.length === 0 ? old.config : configNames(files, prefix),
  };
}

function pushTo(map: Map<string, TreeChange[]>, name: string, change: TreeChange): void {
  const list = map.get(name);
  if (list) list.push(change);
  else map.set(name, [change]);
}

function changeFiles(old: readonly TreeEntry[], changes: readonly TreeChange[]): TreeEntry[] {
  const gone = new Set(changes.map(({ path }) => path));
  const kept = old.filter(({ path }) => !gone.has(path));
  const files = kept.concat(changes.flatMap(({ after }) => after ?? []));
  return files.sort((a, b) => compare(a.path, b.path));
}

function changeDirs(
  old: readonly NamedDirectory[],
  prefix: string,
  below: ReadonlyMap<string, readonly TreeChange[]>,
): NamedDirectory[] {
  const dirs: NamedDirectory[] = old.filter(({ name }) => !below.has(name));
  for (const [name, changes] of below) {
    const before = old[indexOf(old, name, nameOfDirectory)]?.directory ?? EMPTY;
    const directory = changeDirectory(before, `${prefix}${name}/`, changes);
    // As in git, a directory is there only while something is in it.
    if (directory.files.length > 0 || directory.dirs.length > 0) dirs.push({ name, directory });
  }
  return dirs.sort((a, b) => compare(a.name, b.name));
}

function configNames(files: readonly TreeEntry[], prefix: string): readonly string[] {
  if (isEngineFolder(prefix)) return NONE;
  const names = files.flatMap(({ path, mode }) => {
    const name = path.slice(prefix.length);
    return mode !== '160000' && configEnding(name) ? [name] : [];
  });
  return names.length === 0 ? NONE : names;
}

/** The directory at a path, or null. */
export function directoryAt(root: TreeDirectory, path: string): TreeDirectory | null {
  let at = root;
  for (let from = 0; path !== '' && from <= path.length; ) {
    const slash = path.indexOf('/', from);
    const name = path.slice(from, slash === -1 ? path.length : slash);
    const next = at.dirs[indexOf(at.dirs, name, nameOfDirectory)];
    if (!next) return null;
    at = next.directory;
    from = slash === -1 ? path.length + 1 : slash + 1;
  }
  return at;
}

/** The entry at a path, or null. */
export function entryAt(root: TreeDirectory, path: string): TreeEntry | null {
  const slash = path.lastIndexOf('/');
  const directory = directoryAt(root, slash === -1 ? '' : path.slice(0, slash));
  return directory?.files[indexOf(directory.files, path, (entry) => entry.path)] ?? null;
}

/** Everything below a directory: its own files, then those of its directories. */
export function* entriesBelow({ files, dirs }: TreeDirectory): Generator<TreeEntry> {
  yield* files;
  for (const { directory } of dirs) yield* entriesBelow(directory);
}

/** Every directory with its path, the root first. */
export function* directoriesBelow(directory: TreeDirectory, path = ''): Generator<[string, TreeDirectory]> {
  yield [path, directory];
  for (const { name, directory: next } of directory.dirs) {
    yield* directoriesBelow(next, path === '' ? name : `${path}/${name}`);
  }
}

function nameOfDirectory({ name }: NamedDirectory): string {
  return name;
}

/** Position in a sorted list, -1 where it is not there. */
function indexOf<T>(list: readonly T[], wanted: string, keyOf: (item: T) => string): number {
  let low = 0;
  let high = list.length - 1;
  while (low <= high) {
    const middle = (low + high) >>> 1;
    const item = list[middle];
    const key = item === undefined ? '' : keyOf(item);
    if (key === wanted) return middle;
    if (key < wanted) low = middle + 1;
    else high = middle - 1;
  }
  return -1;
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
