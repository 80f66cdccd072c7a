const [QUOTE, BACKSLASH, COMMA, COLON] = [0x22, 0x5c, 0x2c, 0x3a];
const [OPEN_OBJECT, CLOSE_OBJECT, OPEN_LIST, CLOSE_LIST] = [0x7b, 0x7d, 0x5b, 0x5d];
/** `provider_schemas` / provider / `resource_schemas` / type. */
const DEPTH = 4;
/** Names are short; a longer one is none that we look for. */
const MAX_NAME = 1024;

/** Receives one resource type's schema as JSON; null for one beyond the bound. */
export type SchemaSink = (provider: string, type: string, json: string | null) => void;

/**
 * Reads the output of `providers schema -json`, tens of megabytes for large providers, in chunks, and hands out the schema of
 * one resource type after another; nothing else is kept. It trusts the document to be valid JSON.
 */
export class SchemaScanner {
  readonly #sink: SchemaSink;
  readonly #maxBytes: number;
  /** Names on the way to where we are, at most four. */
  readonly #names: string[] = [];
  #depth = 0;
  #inString = false;
  #escaped = false;
  /** In an object, before the colon. */
  #expectName = false;
  #name: Buffer[] | null = null;
  #captured: Buffer[] | null = null;
  #bytes = 0;

  constructor(sink: SchemaSink, maxBytes: number) {
    this.#sink = sink;
    this.#maxBytes = maxBytes;
  }

  push(chunk: Buffer): void {
    let from = 0;
    for (let i = 0; i < chunk.length; i++) {
      if (this.#inString) {
        i = this.#skipString(chunk, i);
        if (i < chunk.length && this.#name) this.#endName(chunk.subarray(from, i));
        continue;
      }
      switch (chunk[i]) {
        case QUOTE:
          this.#inString = true;
          if (this.#expectName && !this.#captured) {
            this.#name = [];
            from = i + 1;
          }
          break;
        case OPEN_OBJECT:
          if (this.#isSchema()) {
            this.#captured = [];
            this.#bytes = 0;
            from = i;
          }
          this.#depth++;
          this.#expectName = this.#depth <= DEPTH;
          break;
        case OPEN_LIST:
          this.#depth++;
          this.#expectName = false;
          break;
        case CLOSE_OBJECT:
        case CLOSE_LIST:
          this.#depth--;
          if (this.#captured && this.#depth === DEPTH) this.#finish(chunk.subarray(from, i + 1));
          this.#names.length = Math.min(this.#names.length, this.#depth);
          break;
        case COMMA:
          // Only in objects that are on the way: lists lie deeper or have no names that we read.
          this.#expectName = this.#depth <= DEPTH && this.#names.length >= this.#depth;
          break;
        case COLON:
          this.#expectName = false;
      }
    }
    if (this.#name) this.#name.push(Buffer.from(chunk.subarray(from)));
    else if (this.#captured) this.#keep(chunk.subarray(from));
  }

  #skipString(chunk: Buffer, at: number): number {
    let escaped = this.#escaped;
    for (let i = at; i < chunk.length; i++) {
      const c = chunk[i];
      if (escaped) escaped = false;
      else if (c === BACKSLASH) escaped = true;
      else if (c === QUOTE) {
        this.#inString = false;
        this.#escaped = false;
        return i;
      }
    }
    this.#escaped = escaped;
    return chunk.length;
  }

  #isSchema(): boolean {
    const [top, , kind] = this.#names;
    const isThere = this.#depth === DEPTH && this.#names.length === DEPTH;
    return isThere && !this.#captured && top === 'provider_schemas' && kind === 'resource_schemas';
  }

  #endName(last: Buffer): void {
    const bytes = Buffer.concat([...(this.#name ?? []), last]);
    this.#name = null;
    this.#names.length = this.#depth - 1;
    this.#names.push(bytes.length > MAX_NAME ? '' : String(JSON.parse(`"${bytes.toString('utf8')}"`)));
  }

  #keep(bytes: Buffer): void {
    this.#bytes += bytes.length;
    if (this.#bytes > this.#maxBytes) this.#captured = [];
    // A copy: the reader of the file uses its buffer again.
    else this.#captured?.push(Buffer.from(bytes));
  }

  #finish(last: Buffer): void {
    this.#keep(last);
    const json = this.#bytes > this.#maxBytes ? null : Buffer.concat(this.#captured ?? []).toString('utf8');
    this.#captured = null;
    this.#sink(this.#names[1] ?? '', this.#names[3] ?? '', json);
  }
}
