import type { FileHandle } from 'node:fs/promises';
import { open, unlink } from 'node:fs/promises';
import { HoldfastError } from '../../kernel/errors.ts';
import { isDiskFull, isMissing } from '../files/durable-file.ts';

const BATCH_BYTES = 512 * 1024;

/** Writes a new file (0600) with all chunks, synced before it resolves. Where anything fails, the file is gone. */
export async function writeNewFile(path: string, chunks: AsyncIterable<Uint8Array>): Promise<void> {
  const handle = await open(path, 'wx', 0o600).catch((error: unknown) => {
    throw diskError(error);
  });
  try {
    await writeAll(handle, chunks);
    await handle.sync();
    await handle.close();
  } catch (error) {
    await handle.close().catch(() => {});
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

async function writeAll(handle: FileHandle, chunks: AsyncIterable<Uint8Array>): Promise<void> {
  let batch: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of chunks) {
    batch.push(chunk);
    size += chunk.length;
    if (size < BATCH_BYTES) continue;
    await writeBatch(handle, batch, size);
    batch = [];
    size = 0;
  }
  await writeBatch(handle, batch, size);
}

async function writeBatch(handle: FileHandle, batch: Uint8Array[], size: number): Promise<void> {
  if (size === 0) return;
  const { bytesWritten } = await handle.writev(batch);
  // A short write is how a disk that is just full says so.
  if (bytesWritten < size) await handle.writeFile(Buffer.concat(batch).subarray(bytesWritten));
}

/** A full disk (or quota, or limit of a file's size) may have room again later: `busy`, so that the sender tries again. */
export function diskError(error: unknown): unknown {
  if (!isDiskFull(error)) return error;
  return new HoldfastError('busy', 'the disk of data_dir is full', {
    treatment: { kind: 'retry', afterMs: 10_000 },
    cause: error,
  });
}
