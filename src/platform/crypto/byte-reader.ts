const EMPTY = Buffer.alloc(0);

/** A source of bytes: a Node stream, a web stream, a list of chunks. */
export type ByteSource = AsyncIterable<Uint8Array> | Iterable<Uint8Array>;

/** Takes blocks of a wished size from a source, whatever its chunks are. Holds at most one block and one chunk. */
export class ByteReader {
  readonly #chunks: AsyncIterator<Uint8Array> | Iterator<Uint8Array>;
  #rest: Buffer = EMPTY;
  #ended = false;

  constructor(source: ByteSource) {
    this.#chunks = Symbol.asyncIterator in source ? source[Symbol.asyncIterator]() : source[Symbol.iterator]();
  }

  /** Exactly `size` bytes, or fewer at the end of the source (none at all: it is over). */
  async take(size: number): Promise<Buffer> {
    if (this.#rest.length >= size) return this.#cut(size);
    const parts: Buffer[] = [];
    let missing = size;
    while (missing > 0 && (this.#rest.length > 0 || (await this.#next()))) {
      const part = this.#cut(Math.min(missing, this.#rest.length));
      parts.push(part);
      missing -= part.length;
    }
    return parts.length === 1 ? (parts[0] ?? EMPTY) : Buffer.concat(parts, size - missing);
  }

  /** Lets go of the source before its end: a file is closed, a stream destroyed. */
  async release(): Promise<void> {
    if (!this.#ended) await this.#chunks.return?.();
    this.#ended = true;
  }

  /** Whether there was another chunk (it may be empty). */
  async #next(): Promise<boolean> {
    if (this.#ended) return false;
    const next = await this.#chunks.next();
    if (next.done === true) this.#ended = true;
    else this.#rest = asBuffer(next.value);
    return !this.#ended;
  }

  #cut(size: number): Buffer {
    const block = this.#rest.subarray(0, size);
    this.#rest = this.#rest.subarray(size);
    return block;
  }
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
