import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readOrNull } from '../../src/platform/process/call-directory.ts';
import type { PipelineContext } from '../pipeline.ts';
import { type FoundEntry, findEntries, readEntries, TREE_LIMITS } from './read-tree.ts';
import { listOf, type TreeEntry, type TreeList } from './tree-list.ts';

const LOCK = '.terraform.lock.hcl';
/** Files that Holdfast itself may write after the sources were laid out. */
const isOurs = (path: string) => path.endsWith(LOCK) || path.includes('zz_holdfast');

/** What a plan's engine can see of files, as it is now. */
export interface PlanTree {
  readonly list: TreeList;
  /** Entries of the working copy alone, and which of them are not as they were laid out. */
  readonly found: readonly FoundEntry[];
  /** Whether an entry is there because init, plan or Holdfast put it there; `since` (ms): when the first engine was meant. */
  isMade(entry: FoundEntry): boolean;
}

/**
 * Reads the working copy, and the modules that init fetched, to the last byte; only what was laid out by this life of the
 * worker and not changed since its first engine was meant (`since`, ms) is known already.
 */
export async function readPlanTree(
  { paths, facts }: Pick<PipelineContext, 'paths' | 'facts'>,
  since: number | null = null,
): Promise<PlanTree> {
  const { unpacked } = facts;
  const isNew = ({ changedAt }: FoundEntry) => since === null || changedAt >= since;
  const known = (entry: FoundEntry) =>
    isNew(entry) || isOurs(entry.path) || entry.kind === 'directory' ? undefined : unpacked?.get(entry.path);
  const found = await findEntries(paths.work);
  const entries = await readEntries(paths.work, found, { known });
  const locks = new Map(entries.filter(({ path }) => path.endsWith(LOCK)).map(({ path, content }) => [path, content]));
  return {
    list: listOf([...entries.map(under('copy')), ...(await readModules(paths.dataDir))]),
    found,
    // A lock file that was put back from an earlier init is older than the engine, and still no source.
    isMade: (entry) =>
      (since !== null && isNew(entry)) ||
      (unpacked !== undefined && locks.has(entry.path) && unpacked.get(entry.path) !== locks.get(entry.path)),
  };
}

/**
 * Scripts of a remote module run from where init put them. What git keeps beside a clone differs from clone to clone, the
 * manifest from init to init; a saved plan needs neither.
 */
async function readModules(dataDir: string | null): Promise<TreeEntry[]> {
  if (dataDir === null) return [];
  const root = join(dataDir, 'modules');
  const found = await findEntries(root, TREE_LIMITS);
  const wanted = found.filter(({ path }) => path !== 'modules.json' && !path.split('/').includes('.git'));
  return (await readEntries(root, wanted)).map(under('modules'));
}

const under = (name: string) => (entry: TreeEntry) => ({ ...entry, path: `${name}/${entry.path}` });

/** Where the list of a run's tree lies until its apply, so that what differs can be named. It proves nothing by itself. */
const listFile = (root: string, run: string) => join(root, 'lists', run);

/** Keeps the list of a run that waits. */
export function keepList(root: string, run: string, { text }: TreeList): void {
  mkdirSync(join(root, 'lists'), { recursive: true, mode: 0o700 });
  writeFileSync(listFile(root, run), text, { mode: 0o600 });
}

/** The list as it was kept; null where it is gone. */
export function keptList(root: string, run: string): Promise<string | null> {
  return readOrNull(listFile(root, run)).catch(() => null);
}

/** Removes the lists of all runs but these. */
export function pruneLists(root: string, runs: ReadonlySet<string>): void {
  mkdirSync(join(root, 'lists'), { recursive: true, mode: 0o700 });
  for (const run of readdirSync(join(root, 'lists'))) if (!runs.has(run)) dropList(root, run);
}

/** Nobody will apply the run any more. */
export function dropList(root: string, run: string): void {
  rmSync(listFile(root, run), { force: true });
}
