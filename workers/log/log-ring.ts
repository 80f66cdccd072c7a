import { type FileHandle, open } from 'node:fs/promises';
import { ringPieces } from './log-window.ts';

const READ_BYTES = 128 * 1024;

/** The last `capacity` bytes of a text of any length, in a file. */
export class LogRing {
  readonly #path: string;
  readonly #capacity: number;
  #file: FileHandle | null = null;
  #written = 0;

  constructor(path: string, capacity: number) {
    this.#path = path;
    this.#capacity = capacity;
  }

  /** Bytes written and no longer kept. */
  get leftOut(): number {
    return Math.max(0, this.#written - this.#capacity);
  }

  async write(bytes: Buffer): Promise<void> {
    if (this.#capacity === 0 || bytes.length === 0) {
      this.#written += bytes.length;
      return;
    }
    this.#file ??= await open(this.#path, 'w+', 0o600);
    for (const piece of ringPieces(this.#written, bytes.length, this.#capacity)) {
      await this.#file.write(bytes, piece.from, piece.to - piece.from, piece.at);
    }
    this.#written += bytes.length;
  }

  /** What is kept, oldest first; never begins within a character. */
  async *read(): AsyncGenerator<Buffer> {
    const kept = Math.min(this.#written, this.#capacity);
    const start = this.#written > this.#capacity ? this.#written % this.#capacity : 0;
    for (let done = 0; done < kept && this.#file; ) {
      const at = (start + done) % this.#capacity;
      const want = Math.min(READ_BYTES, kept - done, this.#capacity - at);
      const { buffer, bytesRead } = await this.#file.read(Buffer.alloc(want), 0, want, at);
      if (bytesRead === 0) return;
      yield done === 0 && this.leftOut > 0
        ? skipBrokenCharacter(buffer.subarray(0, bytesRead))
        : buffer.subarray(0, bytesRead);
      done += bytesRead;
    }
  }

  async close(): Promise<void> {
    await this.#file?.close();
    this.#file = null;
  }
}

function skipBrokenCharacter(bytes: Buffer): Buffer {
  let at = 0;
  while (at < 4 && ((bytes[at] ?? 0) & 0xc0) === 0x80) at += 1;
  return bytes.subarray(at);
}
