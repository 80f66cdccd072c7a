import { type FileHandle, open } from 'node:fs/promises';

const PIECE_BYTES = 256 * 1024;

/** The bytes of a file, the next piece read ahead. The memory of a piece counts only until the next is asked for. */
export async function* readPieces(path: string): AsyncGenerator<Buffer> {
  const handle = await open(path, 'r');
  let reading: Promise<Buffer> | null = null;
  try {
    const { size } = await handle.stat();
    const [even, odd] = [memoryFor(size), memoryFor(size - PIECE_BYTES)];
    if (size > 0) reading = readAt(handle, even, 0);
    for (let at = 0, nth = 1; reading; nth++) {
      const piece: Buffer = await reading;
      if (piece.length === 0) return;
      at += piece.length;
      reading = at < size ? readAt(handle, nth % 2 === 0 ? even : odd, at) : null;
      yield piece;
    }
  } finally {
    await reading?.catch(() => {});
    await handle.close();
  }
}

function memoryFor(size: number): Buffer {
  return Buffer.allocUnsafe(Math.max(0, Math.min(size, PIECE_BYTES)));
}

async function readAt(handle: FileHandle, memory: Buffer, position: number): Promise<Buffer> {
  const { bytesRead } = await handle.read(memory, 0, memory.length, position);
  return memory.subarray(0, bytesRead);
}
