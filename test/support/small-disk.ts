import { spawnSync } from 'node:child_process';
import { closeSync, mkdirSync, mkdtempSync, openSync, rmdirSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A file system of its own that can be filled to the last byte. */
export interface SmallDisk {
  /** Takes everything that is left: every write that needs a new page fails from now on. */
  fill(): void;
  /** Gives all of that back. */
  free(): void;
  unmount(): void;
}

const PIECE = Buffer.alloc(256 * 1024);
const MIB = 1 << 20;

/** Mounts an empty tmpfs at a folder, which is made. */
export function mountSmallDisk(dir: string, mib: number): SmallDisk {
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  run('mount', '-t', 'tmpfs', '-o', `size=${mib * MIB},mode=700`, 'holdfast-test', dir);
  const ballast = join(dir, '.ballast');
  return {
    fill() {
      const file = openSync(ballast, 'a');
      try {
        for (let size = PIECE.length; size >= 1; ) {
          try {
            writeSync(file, PIECE, 0, size);
          } catch (error) {
            if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
            size >>= 1;
          }
        }
      } finally {
        closeSync(file);
      }
    },
    free: () => rmSync(ballast, { force: true }),
    // Lazily: whoever still has a file open there keeps it as long as he lives.
    unmount: () => run('umount', '-l', dir),
  };
}

/** Why no small disk can be had here (a test is skipped with it); null where it can. */
export function whyNoSmallDisk(): string | null {
  if (process.platform !== 'linux') return 'needs Linux';
  const dir = mkdtempSync(join(tmpdir(), 'hf-disk-'));
  try {
    mountSmallDisk(join(dir, 'disk'), 1).unmount();
    return null;
  } catch (error) {
    return `needs the right to mount a tmpfs: ${error instanceof Error ? error.message : error}`;
  } finally {
    rmSync(join(dir, 'disk'), { recursive: true, force: true });
    rmdirSync(dir);
  }
}

function run(command: string, ...args: string[]): void {
  const { status, stderr, error } = spawnSync(command, args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`${command} ${args.join(' ')}: ${error?.message ?? stderr.trim()}`);
}
