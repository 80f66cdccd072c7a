import { digestOf, sha256 } from '../../kernel/digest.ts';
import type { TreeEntry } from '../../platform/git/git-objects.ts';
import type { RunSource, RunSpec } from '../runs/index.ts';
import { entryKey } from './effective-entries.ts';
import { readBy } from './file-roles.ts';
import { outerDir } from './repo-path.ts';
import type { RepositoryTree } from './repository-tree.ts';
import type { StackNode } from './stack-node.ts';
import type { Touch } from './touch.ts';

/** SHA-256 over everything that can change the stack's plan from within Git: touching files and the effective entry. */
export function inputsDigest(node: StackNode, tree: RepositoryTree): string {
  const isWhole = node.touches.some((touch) => touch.match === 'all');
  const files = isWhole ? treeDigest(tree) : entriesDigest(touchingFiles(node, tree));
  return digestOf({ files, entry: entryKey(node.entry) });
}

/** What a run of the stack needs to know; immutable, so it is stored under its digest. */
export function toRunSpec(node: StackNode, tree: RepositoryTree, repository: string): RunSpec {
  const { entry } = node;
  return {
    repository,
    dir: entry.dir,
    workspace: entry.workspace,
    engine: node.engine,
    var_files: entry.var_files,
    env: entry.env,
    ...(Object.keys(entry.inputs).length > 0 ? { inputs: entry.inputs } : {}),
    backend: node.backend,
    init_key: node.initKey,
    lock_digest: node.lockDigest,
    source: chooseSource(node, tree),
    ...(node.remarks.length > 0 ? { remark: node.remarks.map(remarkText).join('; ') } : {}),
    refused: node.refused && { summary: node.refused.message, file: node.refused.path, line: node.refused.line },
  };
}

function remarkText({ path, line, message }: StackNode['remarks'][number]): string {
  return `${line === null ? path : `${path}:${line}`}: ${message}`;
}

/** The closure where it is proven and smaller than the tree, else the tree. */
export function chooseSource(node: StackNode, tree: RepositoryTree): RunSource {
  const paths = node.doubts.length === 0 ? closurePaths(node, tree) : null;
  if (!paths) return { scope: 'tree', digest: treeDigest(tree), paths: null };
  const files = paths.flatMap((path) => {
    const entry = tree.byPath.get(path);
    return entry ? [entry] : tree.under(path);
  });
  return { scope: 'closure', digest: entriesDigest(files), paths: paths.map(outerDir) };
}

/** Directories and files that the closure reads, none inside another; null where that is the whole repository. */
function closurePaths(node: StackNode, tree: RepositoryTree): string[] | null {
  const wanted = new Set([node.root, ...node.dirs]);
  for (const touch of node.touches) {
    if (touch.match === 'all') return null;
    if (touch.match === 'file' || touch.match === 'under') wanted.add(touch.path);
    else if (touch.match !== 'config') for (const entry of matching(touch, tree)) wanted.add(entry.path);
  }
  if (wanted.has('')) return null;
  const sorted = [...wanted].sort();
  const within = (path: string) => sorted.some((other) => other !== path && path.startsWith(`${other}/`));
  return sorted.filter((path) => !within(path));
}

/** The entries that touch the stack, each once, by path. */
export function touchingFiles(node: StackNode, tree: RepositoryTree): TreeEntry[] {
  const found = new Map<string, TreeEntry>();
  for (const touch of node.touches) for (const entry of matching(touch, tree, node)) found.set(entry.path, entry);
  return [...found.values()].sort((a, b) => (a.path < b.path ? -1 : 1));
}

function matching(touch: Touch, tree: RepositoryTree, node?: StackNode): readonly TreeEntry[] {
  const slashed = (dir: string) => (dir === '' ? '' : `${dir}/`);
  switch (touch.match) {
    case 'file':
      return tree.byPath.get(touch.path) ? [tree.byPath.get(touch.path) as TreeEntry] : [];
    case 'under':
      return tree.under(touch.path);
    case 'prefix':
      return tree.withPrefix(`${slashed(touch.path)}${touch.rest}`);
    case 'glob':
      return tree.under(touch.base).filter((entry) => touch.test(entry.path));
    case 'config':
      return readBy(node?.entry.engine ?? 'opentofu', tree.configDirs.get(touch.path) ?? []).flatMap(
        (name) => tree.byPath.get(`${slashed(touch.path)}${name}`) ?? [],
      );
    case 'all':
      return tree.entries;
  }
}

const treeDigests = new WeakMap<RepositoryTree, string>();

/** Digest of a whole commit's files, reckoned once. */
export function treeDigest(tree: RepositoryTree): string {
  const known = treeDigests.get(tree) ?? (tree.id === null ? entriesDigest(tree.entries) : sha256(`tree ${tree.id}`));
  treeDigests.set(tree, known);
  return known;
}

function entriesDigest(entries: readonly TreeEntry[]): string {
  return sha256(entries.map((entry) => `${entry.mode} ${entry.sha} ${entry.path}\0`).join(''));
}
