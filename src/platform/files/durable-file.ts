import { closeSync, fsync, mkdirSync, openSync, renameSync, writeFile, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { promisify } from 'node:util';

/**
 * Only what waits for the disk is left to other threads: opening, naming and writing a few bytes takes a tenth of what
 * handing it over takes.
 */
export const sync = promisify(fsync);
const writeAside = promisify(writeFile);
const AT_ONCE_BYTES = 64 * 1024;

/** Writes bytes at the end of an open file; many of them in another thread. */
export async function writeTo(fd: number, bytes: string | Uint8Array): Promise<void> {
  if (bytes.length <= AT_ONCE_BYTES) writeFileSync(fd, bytes);
  else await writeAside(fd, bytes);
}

/** Makes the names in a folder survive a power loss: what was renamed, linked or removed there stays so. */
export async function syncDir(dir: string): Promise<void> {
  const fd = openSync(dir, 'r');
  try {
    await sync(fd);
  } finally {
    closeSync(fd);
  }
}

/** Makes a folder (0700) with its parents, durably. */
export async function makeDir(dir: string): Promise<void> {
  const first = mkdirSync(dir, { recursive: true, mode: 0o700 });
  if (first !== undefined) await syncDir(dirname(first));
}

/** Whether an error of the file system says that there is no such file. */
export function isMissing(error: unknown): boolean {
  return (error as NodeJS.ErrnoException).code === 'ENOENT';
}

/** Whether an error of the file system says that there is no room, here or for this user. */
export function isDiskFull(error: unknown): boolean {
  return ['ENOSPC', 'EDQUOT', 'EFBIG'].includes((error as NodeJS.ErrnoException).code ?? '');
}

/** Replaces a file (0600) whole: written beside it, synced, renamed. Readers see the old or the new one, never half. */
export async function writeDurably(path: string, bytes: string | Uint8Array): Promise<void> {
  const draft = `${path}.${process.pid}.draft`;
  const fd = openSync(draft, 'w', 0o600);
  try {
    await writeTo(fd, bytes);
    await sync(fd);
  } finally {
    closeSync(fd);
  }
  renameSync(draft, path);
  await syncDir(dirname(path));
}
