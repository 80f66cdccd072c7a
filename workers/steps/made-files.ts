import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { readIntent } from '../../src/platform/process/call-directory.ts';
import type { PipelineContext, RunPaths } from '../pipeline.ts';
import type { PlanTree } from '../tree/plan-tree.ts';

interface MadeLimits {
  readonly entries: number;
  readonly bytes: number;
}

const LIMITS: MadeLimits = { entries: 10_000, bytes: 100 * 1024 ** 2 };
/** In place of files that are too many or too large: the copy cannot be made again elsewhere. */
export const TOO_MUCH = '.holdfast-too-much';
/** No engine makes a file so soon after it was meant; a file system's clock lags behind by less. */
const SOON_MS = 4;
/** When the first engine of the run was meant (ms), and a little more: what changed later was changed by it; null: there is none. */
export async function firstEngineAt({ runDir }: Pick<RunPaths, 'runDir'>): Promise<number | null> {
  const first = (await readIntent(join(runDir, 'init'))) ?? (await readIntent(join(runDir, 'plan')));
  return first && first.at + SOON_MS;
}

/**
 * Hands in what init and plan made or changed in the working copy (archives, lock files), so that the copy can be made again
 * where the kept one is gone. Does nothing where they made nothing.
 */
export async function handInMadeFiles(
  context: PipelineContext,
  tree: Pick<PlanTree, 'found' | 'isMade'>,
  limits = LIMITS,
): Promise<void> {
  const { paths, facts } = context;
  const made = madeOf(tree, limits);
  if (made === null) facts.notes.push('the plan made too much in its working copy: it is applied on this worker only');
  if (made?.length === 0) return;
  const file = join(paths.runDir, 'workdir.tar');
  await packFiles(paths.work, made, file);
  await context.uploadWorkdir(file);
}

/** Paths of files, links and empty directories that were made; null beyond the limits. */
function madeOf({ found, isMade }: Pick<PlanTree, 'found' | 'isMade'>, limits: MadeLimits): string[] | null {
  const made = found.filter((entry) => entry.kind !== 'other' && isMade(entry));
  const parents = new Set(made.some(({ kind }) => kind === 'directory') ? found.map(({ path }) => dirname(path)) : []);
  const wanted = made.filter(({ kind, path }) => kind !== 'directory' || !parents.has(path));
  const bytes = wanted.reduce((sum, { size }) => sum + size, 0);
  return wanted.length > limits.entries || bytes > limits.bytes ? null : wanted.map(({ path }) => path);
}

async function packFiles(work: string, made: readonly string[] | null, file: string): Promise<void> {
  const { create } = await import('tar');
  const plainName = (entry: { path: string }) => {
    entry.path = entry.path.replace(/^\.\//, '');
  };
  const options = { file, portable: true, noDirRecurse: true, onWriteEntry: plainName };
  // With `./` no name is taken for another archive (`@…`).
  if (made !== null)
    return create(
      { ...options, cwd: work },
      made.map((path) => `./${path}`),
    );
  const cwd = `${file}.d`;
  await mkdir(cwd, { recursive: true });
  await writeFile(join(cwd, TOO_MUCH), '');
  await create({ ...options, cwd }, [`./${TOO_MUCH}`]);
}
