import { HoldfastError } from '../../kernel/errors.ts';
import { ACTION, isWholeNumber, REGION, SCALAR_START, STATE, TABLE, WRONG } from './json-grammar.ts';
import { Utf8Check } from './utf8-check.ts';

/** One member of the outermost object. */
export interface TopMember {
  /** As written, with its quotes; null where it is longer than 1 KiB. */
  readonly key: string | null;
  /** A string, number or literal as written (`"abc"`, `7`); null for an object, an array, or more than 1 KiB. */
  readonly value: string | null;
  /** The value's bytes in the document, end excluded. */
  readonly start: number;
  readonly end: number;
}

/** Longer keys and values are none that anybody asks for. */
const CAPTURE_BYTES = 1024;
/** As deep as Go's encoding/json goes. */
const MAX_DEPTH = 10_000;
const FIRST_ACTION = ACTION.first;

/**
 * Checks that the bytes written are one JSON document (RFC 8259, UTF-8, no byte order mark) and hands over the members
 * of its outermost object; in any chunks, in constant memory. Throws `invalid` that names the byte.
 */
export class JsonScanner {
  readonly #onMember: (member: TopMember) => void;
  readonly #utf8 = new Utf8Check();
  #state: number = STATE.value;
  /** `{` or `[`, from the outermost in. */
  readonly #nesting: number[] = [];
  /** Bytes of the chunks before this one. */
  #base = 0;
  #inKey = false;
  #key: string | null = null;
  #start = 0;
  /** What is captured of a key or value of the outermost object; null while nothing is. */
  #captured: Buffer[] | null = null;

  constructor(onMember: (member: TopMember) => void) {
    this.#onMember = onMember;
  }

  write(bytes: Uint8Array): void {
    const chunk = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    if (!this.#utf8.accepts(chunk)) throw wrong('it is not UTF-8', this.#base);
    this.#state = this.#run(chunk);
    if (this.#captured) this.#capture(chunk, chunk.length);
    this.#base += chunk.length;
  }

  /** Says that all bytes were written; throws where the document is not whole. */
  end(): void {
    const whole = this.#nesting.length === 0 && (this.#state === STATE.done || isWholeNumber(this.#state));
    if (!whole || !this.#utf8.isWhole) throw wrong('it ends too early', this.#base);
  }

  /** The hot loop: a local table and no property of an object: about twice as fast. */
  #run(chunk: Buffer): number {
    const table = TABLE;
    const { length } = chunk;
    let state = this.#state;
    for (let at = 0; at < length; at++) {
      const mark = state << 8;
      // Most bytes stay in their state (text, indentation): no next look-up waits for the last one.
      while (at < length && table[mark | (chunk[at] as number)] === state) at++;
      if (at === length) break;
      const next = table[mark | (chunk[at] as number)] as number;
      state = next < FIRST_ACTION ? next : this.#act(next, chunk, at);
    }
    return state;
  }

  #act(action: number, chunk: Buffer, at: number): number {
    switch (action) {
      case ACTION.openObject:
        return this.#open(0x7b, STATE.keyOrClose, at);
      case ACTION.openArray:
        return this.#open(0x5b, STATE.valueOrClose, at);
      case ACTION.closeObject:
        return this.#close(0x7b, at);
      case ACTION.closeArray:
        return this.#close(0x5b, at);
      case ACTION.comma:
        return this.#nesting.at(-1) === 0x7b ? STATE.key : STATE.value;
      case ACTION.beginKey:
        this.#inKey = true;
        this.#beginCapture(at);
        return STATE.string;
      case ACTION.beginString:
        this.#inKey = false;
        this.#beginCapture(at);
        return STATE.string;
      case ACTION.beginScalar:
        this.#beginCapture(at);
        return SCALAR_START[chunk[at] as number] as number;
      case ACTION.endString:
        return this.#endString(chunk, at + 1);
      case ACTION.endLiteral:
        return this.#endValue(chunk, at + 1);
      case ACTION.endNumber:
        return this.#endNumber(chunk, at);
      default:
        throw wrong('it is not JSON', this.#base + at);
    }
  }

  #open(kind: number, next: number, at: number): number {
    if (this.#nesting.length === MAX_DEPTH) throw wrong(`it is nested deeper than ${MAX_DEPTH}`, this.#base + at);
    if (this.#isTop()) this.#onMember({ key: this.#key, value: null, start: this.#base + at, end: this.#base + at });
    this.#nesting.push(kind);
    return this.#region() + next;
  }

  /** What is handed over needs its actions; below that the table alone goes on. */
  #region(): number {
    if (this.#nesting.length <= 1) return REGION.top;
    return this.#nesting.at(-1) === 0x7b ? REGION.inObject : REGION.inArray;
  }

  #close(kind: number, at: number): number {
    if (this.#nesting.pop() !== kind) throw wrong('it closes what it did not open', this.#base + at);
    return this.#afterValue();
  }

  #endString(chunk: Buffer, end: number): number {
    if (!this.#inKey) return this.#endValue(chunk, end);
    if (this.#isTop()) this.#key = this.#endCapture(chunk, end);
    return STATE.colon;
  }

  #endNumber(chunk: Buffer, at: number): number {
    const state = this.#endValue(chunk, at);
    const next = TABLE[state * 256 + (chunk[at] as number)] ?? WRONG;
    return next < ACTION.first ? next : this.#act(next, chunk, at);
  }

  #endValue(chunk: Buffer, end: number): number {
    if (this.#isTop()) {
      const value = this.#endCapture(chunk, end);
      this.#onMember({ key: this.#key, value, start: this.#start, end: this.#base + end });
    }
    return this.#afterValue();
  }

  #afterValue(): number {
    return this.#nesting.length === 0 ? STATE.done : this.#region() + STATE.afterValue;
  }

  #isTop(): boolean {
    return this.#nesting.length === 1 && this.#nesting[0] === 0x7b;
  }

  #beginCapture(at: number): void {
    if (!this.#isTop()) return;
    this.#captured = [];
    this.#start = this.#base + at;
  }

  /** Keeps what of the chunk belongs to the capture, as long as it is short. */
  #capture(chunk: Buffer, end: number): void {
    if (this.#base + end - this.#start > CAPTURE_BYTES) this.#captured = [];
    else this.#captured?.push(Buffer.from(chunk.subarray(Math.max(0, this.#start - this.#base), end)));
  }

  #endCapture(chunk: Buffer, end: number): string | null {
    this.#capture(chunk, end);
    const pieces = this.#captured ?? [];
    this.#captured = null;
    return this.#base + end - this.#start > CAPTURE_BYTES ? null : Buffer.concat(pieces).toString();
  }
}

function wrong(what: string, at: number): HoldfastError {
  return new HoldfastError('invalid', `the state is no valid JSON: ${what} (byte ${at})`);
}
