import { closeSync, constants, fstatSync, openSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { quote } from './key-path.ts';
import type { ReadSecretFile } from './resolve-references.ts';
import { MAX_CONFIG_BYTES } from './yaml-document.ts';

/** Reads files for `{file: PATH}` and `…_FILE`, relative to `base`; one trailing newline is cut off. Regular files up to 1MB. */
export function secretFileReader(base: string): ReadSecretFile {
  return (path) => {
    if (path.includes('\0')) return { wrong: `${quote(path)} is no path` };
    const file = resolve(base, path);
    const read = readRegularFile(file);
    return 'wrong' in read ? read : { text: read.bytes.toString('utf8').replace(/\r?\n$/, ''), file };
  };
}

/** The bytes of a regular file of at most 1MB, or why not; `missing` where there is nothing of the name. */
export function readRegularFile(file: string): { bytes: Buffer } | { wrong: string; missing: boolean } {
  let descriptor: number | null = null;
  try {
    // Non-blocking, so that a named pipe cannot hold us up.
    descriptor = openSync(file, constants.O_RDONLY | constants.O_NONBLOCK);
    const stat = fstatSync(descriptor);
    if (!stat.isFile()) return { wrong: `${quote(file, 300)} is not a regular file`, missing: false };
    if (stat.size > MAX_CONFIG_BYTES) return { wrong: `${quote(file, 300)} is larger than 1MB`, missing: false };
    return { bytes: readFileSync(descriptor) };
  } catch (error) {
    return unreadable(file, (error as NodeJS.ErrnoException).code ?? 'unreadable');
  } finally {
    if (descriptor !== null) closeSync(descriptor);
  }
}

function unreadable(file: string, code: string): { wrong: string; missing: boolean } {
  const missing = code === 'ENOENT' || code === 'ENOTDIR';
  const reasons: Readonly<Record<string, string>> = {
    EACCES: 'may not be read by this user',
    EISDIR: 'is a directory',
    ELOOP: 'is a loop of links',
    ENAMETOOLONG: 'is too long a path',
  };
  const reason = missing ? 'does not exist' : (reasons[code] ?? `cannot be read (${code})`);
  return { wrong: `${quote(file, 300)} ${reason}`, missing };
}
