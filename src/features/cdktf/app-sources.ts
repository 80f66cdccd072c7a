import { posix } from 'node:path';
import picomatch from 'picomatch';
import { digestOf, sha256 } from '../../kernel/digest.ts';
import type { GitObjects, TreeEntry } from '../../platform/git/git-objects.ts';
import type { ConfiguredStack } from '../stacks/index.ts';
import { below } from './cdktf-app.ts';
import { canNamePaths, leavesApp, parentPaths } from './outside-paths.ts';

/** The files an app is synthesised from. */
export interface SourceSet {
  /** For the working copy: nothing else is there. null: the whole repository. */
  readonly paths: readonly string[] | null;
  /** Equal digests are equal files. */
  readonly digest: string;
  readonly install: { readonly dir: string; readonly digest: string } | null;
}

export type AppSources = (
  objects: Pick<GitObjects, 'readBlobs'>,
  entries: readonly TreeEntry[],
  settings: ConfiguredStack,
) => Promise<SourceSet>;

const MAX_TEXT = 1024 * 1024;
const REMEMBERED = 20_000;

/**
 * An app reads its own directory and what `when_modified` names, and nothing else is in its working copy; the whole repository
 * where one of its files names a path outside it, or npm's lock file lies above. What texts name is remembered by blob.
 */
export function createAppSources(): AppSources {
  const known = new Map<string, ReturnType<typeof parentPaths>>();
  return async (objects, entries, settings) => {
    const { dir } = settings;
    const own = entries.filter(({ path }) => isBelow(dir, path) && !path.includes('/node_modules/'));
    const texts = own.filter(({ path, mode }) => canNamePaths(path) && mode.startsWith('100'));
    const missing = texts.filter(({ sha }) => !known.has(sha)).map(({ sha }) => sha);
    for (const [sha, bytes] of await objects.readBlobs([...new Set(missing)], MAX_TEXT)) {
      if (known.size >= REMEMBERED) known.clear();
      known.set(sha, parentPaths(bytes.toString('utf8')));
    }
    const install = installOf(entries, dir);
    const isLockAbove = install !== null && install.dir !== dir;
    const leaves = isLockAbove || texts.some(({ path, sha }) => leavesApp(dir, path, known.get(sha) ?? []) !== null);
    if (leaves || dir === '.') return { paths: null, digest: listDigest(entries), install };
    const matches = globsOf(settings);
    const more = entries.filter(({ path }) => !isBelow(dir, path) && matches(path));
    const paths = [dir, ...more.map(({ path }) => path)];
    return { paths, digest: listDigest([...own, ...more]), install };
  };
}

/** `npm ci` is run where the lock file is: beside the app or, in a workspace, above it. */
function installOf(entries: readonly TreeEntry[], dir: string): SourceSet['install'] {
  const byPath = new Map(entries.map((entry) => [entry.path, entry]));
  for (let at = dir; ; at = posix.dirname(at)) {
    const files = ['package-lock.json', 'npm-shrinkwrap.json', 'package.json', '.npmrc'].flatMap(
      (name) => byPath.get(below(at, name)) ?? [],
    );
    if (files.some(({ path }) => /(?:package-lock|npm-shrinkwrap)\.json$/.test(path))) {
      const digest = digestOf({ files: files.map(({ path, sha }) => [posix.basename(path), sha]) });
      return { dir: at, digest };
    }
    if (at === '.') return null;
  }
}

/** What the globs match; `!` takes away from those before it. */
function globsOf({ dir, when_modified }: ConfiguredStack): (path: string) => boolean {
  const rules = when_modified.map((glob) => {
    const isNegative = glob.startsWith('!');
    const pattern = posix.normalize(posix.join(dir, isNegative ? glob.slice(1) : glob));
    return { isNegative, matches: picomatch(pattern, { dot: true }) };
  });
  return (path) => rules.findLast(({ matches }) => matches(path))?.isNegative === false;
}

function isBelow(dir: string, path: string): boolean {
  return dir === '.' || path.startsWith(`${dir}/`);
}

function listDigest(entries: readonly TreeEntry[]): string {
  return sha256(entries.map((entry) => `${entry.mode} ${entry.sha} ${entry.path}\0`).join(''));
}
