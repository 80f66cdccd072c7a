import type { FileHandle } from 'node:fs/promises';
import { open, rename, unlink } from 'node:fs/promises';
import { dirname } from 'node:path';
import { HoldfastError } from '../../kernel/errors.ts';
import { releaseBytes } from '../../kernel/release-bytes.ts';
import { isDiskFull, isMissing, syncDir } from '../files/durable-file.ts';

const BATCH_BYTES = 512 * 1024;

/**
 * Writes a new file (0600) with all chunks: as `draft` until it is whole, then renamed to `path`; file and name are synced
 * before it resolves. The chunks' memory is released. Where anything fails, nothing of it is left.
 */
export async function writeNewFile(
  { draft, path }: { readonly draft: string; readonly path: string },
  chunks: AsyncIterable<Uint8Array>,
): Promise<void> {
  const handle = await open(draft, 'wx', 0o600).catch((error: unknown) => {
    throw diskError(error);
  });
  try {
    await writeAll(handle, chunks);
    // Renamed before it is synced: one commit of the file system's journal does for both.
    await rename(draft, path);
    await handle.sync();
    await handle.close();
    await syncDir(dirname(path));
  } catch (error) {
    await handle.close().catch(() => {});
    await removeFile(draft);
    await removeFile(path);
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
async function writeAll(handle: FileHandle, chunks: AsyncIterable<Uint8Array>): Promise<void> {
  let batch: Uint8Array[] = [];
  let size = 0;
  let writing = Promise.resolve();
  try {
    for await (const chunk of chunks) {
      batch.push(chunk);
      size += chunk.length;
      if (size < BATCH_BYTES) continue;
      await writing;
      writing = writeBatch(handle, batch, size);
      // Looked at when the next one is written.
      writing.catch(() => {});
      batch = [];
      size = 0;
    }
  } finally {
    await writing;
  }
  await writeBatch(handle, batch, size);
}

async function writeBatch(handle: FileHandle, batch: readonly Uint8Array[], size: number): Promise<void> {
  if (size === 0) return;
  const { bytesWritten } = await handle.writev(batch);
  // A short write is how a disk that is just full says so.
  if (bytesWritten < size) await handle.writeFile(Buffer.concat(batch).subarray(bytesWritten));
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
