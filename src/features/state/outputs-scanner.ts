const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const MAX_KEY = 64;

/**
 * Cuts the value of the top-level key `outputs` out of the bytes of a state (valid JSON: it was checked when it was stored),
 * in any chunks. Everything behind it need not be read.
 */
export class OutputsScanner {
  readonly #maxBytes: number;
  #depth = 0;
  #inString = false;
  #isEscaped = false;
  /** At depth 1: the bytes of the key that is read, or null where a value is. */
  #key: number[] | null = null;
  #isKeyNext = false;
  #name = '';
  readonly #taken: Buffer[] = [];
  #size = 0;
  #isTaking = false;
  #isDone = false;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** Whether nothing more is wanted. */
  get isDone(): boolean {
    return this.#isDone;
  }

  /** The value's text; null where there is none so far; `too_large` beyond the bound. */
  get text(): string | null | 'too_large' {
    if (this.#size > this.#maxBytes) return 'too_large';
    return this.#isDone ? Buffer.concat(this.#taken).toString('utf8') : null;
  }

  write(chunk: Uint8Array): void {
    let from = this.#isTaking ? 0 : -1;
    for (let at = 0; at < chunk.length && !this.#isDone; at++) {
      const wasTaking = this.#isTaking;
      this.#byte(chunk[at] as number);
      if (!wasTaking && this.#isTaking) from = at;
      if (wasTaking && this.#isDone) this.#take(chunk.subarray(from, at + 1));
    }
    if (this.#isTaking && !this.#isDone) this.#take(chunk.subarray(Math.max(from, 0)));
  }

  #take(bytes: Uint8Array): void {
    this.#size += bytes.length;
    if (this.#size > this.#maxBytes) this.#isDone = true;
    else this.#taken.push(Buffer.from(bytes));
  }

  #byte(byte: number): void {
    if (this.#inString) this.#stringByte(byte);
    else if (byte === QUOTE) {
      this.#inString = true;
      if (this.#depth === 1 && this.#isKeyNext) this.#key = [];
    } else if (byte === 0x7b || byte === 0x5b) this.#open();
    else if (byte === 0x7d || byte === 0x5d) this.#close();
    else if (this.#depth === 1 && byte === 0x2c) this.#isKeyNext = true;
    else if (this.#depth === 1 && byte === 0x3a) this.#isKeyNext = false;
  }

  #stringByte(byte: number): void {
    if (this.#isEscaped) this.#isEscaped = false;
    else if (byte === BACKSLASH) this.#isEscaped = true;
    else if (byte === QUOTE) {
      this.#inString = false;
      if (this.#key) this.#name = Buffer.from(this.#key).toString('utf8');
      this.#key = null;
      return;
    }
    if (this.#key && this.#key.length < MAX_KEY) this.#key.push(byte);
  }

  #open(): void {
    this.#depth++;
    if (this.#depth === 1) this.#isKeyNext = true;
    if (this.#depth === 2 && this.#name === 'outputs') this.#isTaking = true;
  }

  #close(): void {
    this.#depth--;
    if (this.#depth === 1 && this.#isTaking) this.#isDone = true;
  }
}
