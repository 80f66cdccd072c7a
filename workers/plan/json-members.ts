/** What to pick out of the top level of a large JSON document. */
export interface MemberPick {
  /** `items`: each element of the array; `members`: each member of the object; `value`: the value itself. */
  readonly as: 'items' | 'members' | 'value';
  /** Receives one value's text (null: longer than the bound) and, for `members`, its name. */
  readonly take: (json: Buffer | null, name: string) => void;
}

const [QUOTE, BACKSLASH, COMMA, COLON] = [0x22, 0x5c, 0x2c, 0x3a];
const [OPEN_OBJECT, CLOSE_OBJECT, OPEN_LIST, CLOSE_LIST] = [0x7b, 0x7d, 0x5b, 0x5d];

/**
 * Reads a JSON document of any size in chunks and hands out chosen parts of its top level; nothing else is kept. Objects
 * and lists only are handed out as items and members. It trusts the document to be valid: it comes from `show -json`.
 */
export class JsonMembers {
  readonly #picks: ReadonlyMap<string, MemberPick>;
  readonly #maxBytes: number;
  #depth = 0;
  #inString = false;
  #escaped = false;
  #expectKey = false;
  #key: Buffer[] | null = null;
  #topKey = '';
  #name = '';
  #pick: MemberPick | undefined;
  #captured: Buffer[] | null = null;
  #capturedBytes = 0;

  constructor(picks: Readonly<Record<string, MemberPick>>, maxBytes: number) {
    this.#picks = new Map(Object.entries(picks));
    this.#maxBytes = maxBytes;
  }

  push(chunk: Buffer): void {
    /** Where what is being captured, or the key being read, goes on in this chunk. */
    let from = 0;
    for (let i = 0; i < chunk.length; i++) {
      if (this.#inString) {
        i = this.#skipString(chunk, i);
        if (i < chunk.length && this.#key) this.#endKey(chunk.subarray(from, i));
        continue;
      }
      const c = chunk[i];
      if (c === QUOTE) {
        this.#inString = true;
        if (this.#expectKey && this.#isKeyDepth()) {
          this.#key = [];
          from = i + 1;
        }
      } else if (c === OPEN_OBJECT || c === OPEN_LIST) {
        if (this.#startsAt(this.#depth)) from = this.#start(i);
        this.#depth++;
        this.#expectKey = c === OPEN_OBJECT && this.#isKeyDepth();
      } else if (c === CLOSE_OBJECT || c === CLOSE_LIST) {
        if (this.#captured && this.#pick?.as === 'value' && this.#depth === 1) this.#finish(chunk.subarray(from, i));
        this.#depth--;
        if (this.#captured && this.#depth === this.#captureDepth()) this.#finish(chunk.subarray(from, i + 1));
      } else if (c === COLON && this.#depth === 1 && this.#expectKey) {
        this.#expectKey = false;
        this.#pick = this.#picks.get(this.#topKey);
        if (this.#pick?.as === 'value') from = this.#start(i + 1);
      } else if (c === COLON && this.#depth === 2) {
        this.#expectKey = false;
      } else if (c === COMMA && this.#depth <= 2) {
        if (this.#depth === 1 && this.#captured) this.#finish(chunk.subarray(from, i));
        this.#expectKey = this.#isKeyDepth();
      }
    }
    const rest = chunk.subarray(from);
    if (this.#key) this.#key.push(rest);
    else if (this.#captured) this.#keep(rest);
  }

  /** Position of the quote that ends the string, or the chunk's length. */
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

  #isKeyDepth(): boolean {
    return this.#depth === 1 || (this.#depth === 2 && this.#pick?.as === 'members');
  }

  /** Items and members begin inside the top-level list or object. */
  #startsAt(depth: number): boolean {
    return depth === 2 && !this.#captured && this.#pick !== undefined && this.#pick.as !== 'value';
  }

  /** Depth at which a captured object or list is complete; a value ends at its comma or bracket instead. */
  #captureDepth(): number {
    return this.#pick?.as === 'value' ? -1 : 2;
  }

  #start(at: number): number {
    this.#captured = [];
    this.#capturedBytes = 0;
    return at;
  }

  #keep(bytes: Buffer): void {
    this.#capturedBytes += bytes.length;
    if (this.#capturedBytes > this.#maxBytes) this.#captured = [];
    else this.#captured?.push(bytes);
  }

  #endKey(last: Buffer): void {
    const text = Buffer.concat([...(this.#key ?? []), last]).toString('utf8');
    this.#key = null;
    const key = String(JSON.parse(`"${text}"`));
    if (this.#depth === 1) this.#topKey = key;
    else this.#name = key;
  }

  #finish(last: Buffer): void {
    this.#keep(last);
    const json = this.#capturedBytes > this.#maxBytes ? null : Buffer.concat(this.#captured ?? []);
    this.#captured = null;
    this.#pick?.take(json, this.#name);
  }
}
