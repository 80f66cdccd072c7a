import { createHash, hash } from 'node:crypto';
import { closeSync, constants, fstatSync, openSync, readFileSync } from 'node:fs';
import { open } from 'node:fs/promises';

/** Read at once: three hops to the thread pool would cost ten times as much. */
const SMALL = 64 * 1024;
/** A link or a pipe that took the file's place is neither followed nor waited for. */
const FLAGS = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;

/** SHA-256, in hex, of bytes, of a file of about this size. Throws where the path is no regular file. */
export const fileDigest = {
  ofBytes: (bytes: Uint8Array): string => hash('sha256', bytes, 'hex'),
  ofFile: async (path: string, size: number): Promise<string> => (size <= SMALL ? ofSmall(path) : ofLarge(path)),
};

function ofSmall(path: string): string {
  const fd = openSync(path, FLAGS);
  try {
    if (!fstatSync(fd).isFile()) throw new Error('it is no file any more');
    return hash('sha256', readFileSync(fd), 'hex');
  } finally {
    closeSync(fd);
  }
}

async function ofLarge(path: string): Promise<string> {
  const handle = await open(path, FLAGS);
  try {
    if (!(await handle.stat()).isFile()) throw new Error('it is no file any more');
    const whole = createHash('sha256');
    const buffer = Buffer.allocUnsafe(1024 * 1024);
    for (;;) {
      const { bytesRead } = await handle.read(buffer, 0, buffer.length);
      if (bytesRead === 0) return whole.digest('hex');
      whole.update(buffer.subarray(0, bytesRead));
    }
  } finally {
    await handle.close();
  }
}
