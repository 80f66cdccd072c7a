const EMPTY = Buffer.alloc(0);

/** A source of bytes: a Node stream, a web stream, a list of chunks. A chunk counts only until the next is asked for. */
export type ByteSource = AsyncIterable<Uint8Array> | Iterable<Uint8Array>;

/** Some bytes of a source. Their memory counts only until the next are asked for. */
export interface Block {
  readonly bytes: Buffer;
  /** Whether nothing follows them. */
  readonly isLast: boolean;
}

/** Cuts a source into blocks of a wished size, whatever its chunks are. Holds at most one block and one chunk. */
export class ByteReader {
  readonly #chunks: AsyncIterator<Uint8Array> | Iterator<Uint8Array>;
  #rest: Buffer = EMPTY;
  #ended = false;
  /** For blocks that lie in several chunks: used again and again. */
  #own: Buffer = EMPTY;

  constructor(source: ByteSource) {
    this.#chunks = Symbol.asyncIterator in source ? source[Symbol.asyncIterator]() : source[Symbol.iterator]();
  }

  /** Exactly `size` bytes; fewer (perhaps none) only as the last block. */
  async take(size: number): Promise<Block> {
    if (this.#rest.length > size) return { bytes: this.#cut(size), isLast: false };
    let filled = 0;
    while (filled < size && (this.#rest.length > 0 || (await this.#next()))) {
      const part = this.#cut(size - filled);
      this.#reserve(filled, part.length, size);
      filled += part.copy(this.#own, filled);
    }
    while (this.#rest.length === 0 && (await this.#next()));
    return { bytes: this.#own.subarray(0, filled), isLast: this.#rest.length === 0 };
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

  /** Memory for what is short is as short: most sources are one small chunk. */
  #reserve(filled: number, more: number, size: number): void {
    if (this.#own.length >= filled + more) return;
    const own = Buffer.allocUnsafe(filled === 0 ? more : size);
    this.#own.copy(own, 0, 0, filled);
    this.#own = own;
  }

  #cut(most: number): Buffer {
    const block = this.#rest.subarray(0, most);
    this.#rest = this.#rest.subarray(block.length);
    return block;
  }
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
