import { assertObjectId, branchRef, treePath } from './git-names.ts';

/**
 * Every command line of git that Holdfast ever runs. Variable parts are full object ids, full refs, paths behind a tree id
 * or `--`, and checked URLs behind `--end-of-options`: no foreign text can stand where git looks for an option.
 */
export const gitArgv = {
  init: (dir: string) => ['init', '--bare', '--quiet', '--initial-branch=main', '--end-of-options', dir],

  fetch: (url: string) => [
    'fetch',
    '--no-tags',
    '--prune',
    '--force',
    '--no-recurse-submodules',
    '--no-write-fetch-head',
    '--no-auto-maintenance',
    '--no-show-forced-updates',
    // Its lines on stderr tell a slow fetch from a hanging one.
    '--progress',
    '--end-of-options',
    url,
    '+refs/heads/*:refs/heads/*',
  ],

  /** The branch, or all branches. */
  lsRemote: (url: string, branch: string | null) => [
    'ls-remote',
    '--refs',
    '--end-of-options',
    url,
    branch === null ? 'refs/heads/*' : branchRef(branch),
  ],

  lsTree: (commit: string) => ['ls-tree', '-r', '-z', '--full-tree', '--end-of-options', assertObjectId(commit)],

  diffTree: (base: string, head: string) => [
    'diff-tree',
    '-r',
    '-z',
    '-M',
    // Files that moved as they were are found however many; those that changed, too, only up to so many: the search is
    // quadratic, and ten thousand would take minutes.
    '-l1000',
    '--name-status',
    '--no-ext-diff',
    '--no-textconv',
    '--ignore-submodules=none',
    '--end-of-options',
    assertObjectId(base),
    assertObjectId(head),
  ],

  /** Answers lines of `commit base`: both ids as git understood them, then every entry that differs. */
  diffTrees: () => [
    'diff-tree',
    '--stdin',
    '--always',
    '--format=tformat:%H %P',
    '--raw',
    '-r',
    '-z',
    '--no-renames',
    '--no-ext-diff',
    '--no-textconv',
    '--ignore-submodules=none',
  ],

  mergeBase: (a: string, b: string) => ['merge-base', '--end-of-options', assertObjectId(a), assertObjectId(b)],

  archive: (commit: string, paths: readonly string[]) => [
    'archive',
    '--format=tar',
    assertObjectId(commit),
    '--',
    ...paths.map(treePath).filter((path) => path !== ''),
  ],

  updateRef: (ref: HoldfastRef, commit: string) => ['update-ref', '--end-of-options', ref, assertObjectId(commit)],

  deleteRef: (ref: HoldfastRef) => ['update-ref', '-d', '--end-of-options', ref],

  remoteUrls: () => ['config', '--null', '--get-regexp', '^remote\\..*\\.url$'],

  gc: () => ['gc', '--quiet', '--prune=2.weeks.ago'],

  catFile: (mode: 'batch' | 'batch-check') => ['cat-file', `--${mode}`],
} as const;

export type HoldfastRef = `refs/holdfast/${string}`;

/** `refs/holdfast/keep/<sha>`. */
export function keepRef(commit: string): HoldfastRef {
  return `refs/holdfast/keep/${assertObjectId(commit)}`;
}

/** The commit changes are computed from: kept although a force-push drops it. */
export const BASE_REF: HoldfastRef = 'refs/holdfast/base';
