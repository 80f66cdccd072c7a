import { lstatSync, readdirSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readIntent } from '../../src/platform/process/call-directory.ts';
import type { PipelineContext } from '../pipeline.ts';

interface MadeLimits {
  readonly entries: number;
  readonly bytes: number;
}

const LIMITS: MadeLimits = { entries: 10_000, bytes: 100 * 1024 ** 2 };
/** In place of files that are too many or too large: the copy cannot be made again elsewhere. */
export const TOO_MUCH = '.holdfast-too-much';
/** No engine makes a file so soon after it was meant; a file system's clock lags behind by less. */
const SOON_MS = 4;
/** So many entries are looked at in one go; more would keep heartbeats waiting. */
const AT_ONCE = 200;
const turn = () => new Promise((resolve) => setImmediate(resolve));

/**
 * Hands in what init and plan made or changed in the working copy (archives, lock files), so that the copy can be made again
 * where the kept one is gone. Does nothing where they made nothing.
 */
export async function handInMadeFiles(context: PipelineContext, limits = LIMITS): Promise<void> {
  const { paths, facts } = context;
  const first = (await readIntent(join(paths.runDir, 'init'))) ?? (await readIntent(join(paths.runDir, 'plan')));
  const made = first ? await findMadeFiles(paths.work, first.at + SOON_MS, limits) : [];
  if (made === null) facts.notes.push('the plan made too much in its working copy: it is applied on this worker only');
  if (made?.length === 0) return;
  const file = join(paths.runDir, 'workdir.tar');
  await packFiles(paths.work, made, file);
  await context.uploadWorkdir(file);
}

/** Paths (relative to `work`) of files and links that changed at or after `since`, in ms; null beyond the limits. */
async function findMadeFiles(work: string, since: number, limits: MadeLimits): Promise<string[] | null> {
  const made: string[] = [];
  let bytes = 0;
  const open = [''];
  let seen = 0;
  for (let dir = open.pop(); dir !== undefined; dir = open.pop()) {
    for (const entry of readdirSync(join(work, dir), { withFileTypes: true })) {
      if (++seen % AT_ONCE === 0) await turn();
      const path = join(dir, entry.name);
      if (entry.isDirectory()) {
        open.push(path);
        continue;
      }
      if (!entry.isFile() && !entry.isSymbolicLink()) continue;
      const facts = lstatSync(join(work, path), { throwIfNoEntry: false });
      if (!facts || facts.ctimeMs < since) continue;
      bytes += facts.size;
      made.push(path);
      if (made.length > limits.entries || bytes > limits.bytes) return null;
    }
  }
  return made;
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
