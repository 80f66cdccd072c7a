import { isUtf8 } from 'node:buffer';

/** Checks UTF-8 over chunks that may cut characters in two. */
export class Utf8Check {
  #rest: Buffer = Buffer.alloc(0);

  /** Whether the chunk goes on as valid UTF-8 (a cut character at its end is kept for the next one). */
  accepts(chunk: Buffer): boolean {
    const bytes = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    const cut = cutLength(bytes);
    this.#rest = Buffer.from(bytes.subarray(bytes.length - cut));
    return isUtf8(bytes.subarray(0, bytes.length - cut));
  }

  /** Whether no character is cut. */
  get isWhole(): boolean {
    return this.#rest.length === 0;
  }
}

/** How many bytes at the end (0 … 3) begin a character that needs more. */
function cutLength(bytes: Buffer): number {
  for (let back = 1; back <= Math.min(3, bytes.length); back++) {
    const byte = bytes[bytes.length - back] as number;
    if ((byte & 0xc0) === 0x80) continue;
    const needs = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : byte >= 0xc0 ? 2 : 1;
    return needs > back ? back : 0;
  }
  return 0;
}
