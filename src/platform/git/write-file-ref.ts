import { type FileHandle, mkdir, open, readFile, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { type Clock, sleep } from '../../kernel/clock.ts';
import { HoldfastError } from '../../kernel/errors.ts';
import type { HoldfastRef } from './git-argv.ts';
import { removeStaleLocks } from './stale-locks.ts';

export interface RefWrite {
  /** A bare repository. */
  readonly dir: string;
  readonly ref: HoldfastRef;
  /** Full id of a commit that is there. */
  readonly commit: string;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/** Another writer, git's packing of refs among them, holds the lock of a ref for milliseconds. */
const LOCK_TRIES = 20;
const LOCK_PAUSE_MS = 25;

/**
 * Writes a ref as git does (lock file, synced, renamed), without a process of git for it. False where only git can: refs
 * that lie in tables. Throws `busy` where somebody holds the ref's lock for long.
 */
export async function writeFileRef(write: RefWrite): Promise<boolean> {
  const { dir, ref, commit, clock, signal } = write;
  const path = join(dir, ref);
  if (await isThere(join(dir, 'reftable'))) return false;
  for (let left = LOCK_TRIES; ; left--) {
    // Each run of a commit keeps it, and most are not the first.
    if ((await readFile(path, 'utf8').catch(() => '')).trim() === commit) return true;
    const lock = await takeLock(`${path}.lock`);
    if (lock) {
      await writeLocked(lock, path, commit);
      return true;
    }
    if (left <= 0) throw new HoldfastError('busy', `${ref} is locked in ${dir}`);
    await removeStaleLocks(dir, clock.now());
    await sleep(clock, LOCK_PAUSE_MS, signal);
  }
}

/** null: somebody has it, or git has just taken the empty folder away. */
async function takeLock(file: string): Promise<FileHandle | null> {
  await mkdir(dirname(file), { recursive: true });
  return open(file, 'wx', 0o644).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'EEXIST' || error.code === 'ENOENT') return null;
    throw error;
  });
}

async function writeLocked(lock: FileHandle, path: string, commit: string): Promise<void> {
  try {
    await lock.writeFile(`${commit}\n`);
    await lock.sync();
    await lock.close();
    await rename(`${path}.lock`, path);
  } catch (error) {
    await lock.close().catch(() => {});
    await rm(`${path}.lock`, { force: true });
    throw error;
  }
}

async function isThere(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
