import { closeSync, openSync, renameSync, writev, writevSync } from 'node:fs';
import { unlink } from 'node:fs/promises';
import { dirname } from 'node:path';
import { promisify } from 'node:util';
import { HoldfastError } from '../../kernel/errors.ts';
import { releaseBytes } from '../../kernel/release-bytes.ts';
import { isDiskFull, isMissing, sync, syncDir, writeTo } from '../files/durable-file.ts';

const BATCH_BYTES = 512 * 1024;
/** So little is written at once: handing it to another thread takes longer. */
const AT_ONCE_BYTES = 64 * 1024;
const writeAside = promisify(writev);

/**
 * Writes a new file (0600) with all chunks: as `draft` until it is whole, then renamed to `path`; file and name are synced
 * before it resolves. The chunks' memory is released. Where anything fails, nothing of it is left.
 */
export async function writeNewFile(
  { draft, path }: { readonly draft: string; readonly path: string },
  chunks: AsyncIterable<Uint8Array>,
): Promise<void> {
  const fd = openDraft(draft);
  try {
    try {
      await writeAll(fd, chunks);
      // Renamed before it is synced: one commit of the file system's journal does for both.
      renameSync(draft, path);
      await sync(fd);
    } finally {
      closeSync(fd);
    }
    await syncDir(dirname(path));
  } catch (error) {
    await removeFile(draft);
    await removeFile(path);
    throw diskError(error);
  }
}

function openDraft(draft: string): number {
  try {
    return openSync(draft, 'wx', 0o600);
  } catch (error) {
    throw diskError(error);
  }
}

/** Removes a file; one that is not there is fine. */
export async function removeFile(path: string): Promise<void> {
  await unlink(path).catch((error: unknown) => {
    if (!isMissing(error)) throw error;
  });
}

/** One batch is written while the next is made. */
async function writeAll(fd: number, chunks: AsyncIterable<Uint8Array>): Promise<void> {
  let batch: Uint8Array[] = [];
  let size = 0;
  let writing = Promise.resolve();
  try {
    for await (const chunk of chunks) {
      batch.push(chunk);
      size += chunk.length;
      if (size < BATCH_BYTES) continue;
      await writing;
      writing = writeBatch(fd, batch, size);
      // Looked at when the next one is written.
      writing.catch(() => {});
      batch = [];
      size = 0;
    }
  } finally {
    await writing;
  }
  await writeBatch(fd, batch, size);
}

async function writeBatch(fd: number, batch: readonly Uint8Array[], size: number): Promise<void> {
  if (size === 0) return;
  const written = size <= AT_ONCE_BYTES ? writevSync(fd, batch) : (await writeAside(fd, batch)).bytesWritten;
  // A short write is how a disk that is just full says so.
  if (written < size) await writeTo(fd, Buffer.concat(batch).subarray(written));
  for (const chunk of batch) releaseBytes(chunk);
}

/** A full disk (or quota, or limit of a file's size) may have room again later: `busy`, so that the sender tries again. */
export function diskError(error: unknown): unknown {
  if (!isDiskFull(error)) return error;
  return new HoldfastError('busy', 'the disk of data_dir is full', {
    treatment: { kind: 'retry', afterMs: 10_000 },
    cause: error,
  });
}
