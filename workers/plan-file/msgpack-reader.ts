import { textIn } from './proto-reader.ts';
import { unreadable } from './unreadable.ts';

/** What stands next in a msgpack document. `list` and `map` say how many elements, or pairs, follow. */
export type MsgpackToken =
  | { readonly kind: 'nil' }
  | { readonly kind: 'extension' }
  | { readonly kind: 'bool'; readonly value: boolean }
  | { readonly kind: 'number'; readonly value: number }
  | { readonly kind: 'text'; readonly value: string }
  | { readonly kind: 'bytes'; readonly value: Buffer }
  | { readonly kind: 'list' | 'map'; readonly length: number };

const NIL: MsgpackToken = { kind: 'nil' };
const EXTENSION: MsgpackToken = { kind: 'extension' };
const TRUE: MsgpackToken = { kind: 'bool', value: true };
const FALSE: MsgpackToken = { kind: 'bool', value: false };

/** Reads a msgpack document token by token. Every method throws where the bytes are none. */
export class MsgpackReader {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  get isAtEnd(): boolean {
    return this.#at === this.#bytes.length;
  }

  /** Whether a list of two follows whose first element is bytes: how a value is written together with its type. */
  get isTyped(): boolean {
    const [list, first] = [this.#bytes[this.#at], this.#bytes[this.#at + 1]];
    return list === 0x92 && first !== undefined && first >= 0xc4 && first <= 0xc6;
  }

  next(): MsgpackToken {
    const code = this.#unsigned(1);
    if (code < 0x80) return { kind: 'number', value: code };
    if (code < 0x90) return this.#collection('map', code & 0x0f);
    if (code < 0xa0) return this.#collection('list', code & 0x0f);
    if (code < 0xc0) return this.#text(code & 0x1f);
    if (code >= 0xe0) return { kind: 'number', value: code - 256 };
    switch (code) {
      case 0xc0:
        return NIL;
      case 0xc2:
        return FALSE;
      case 0xc3:
        return TRUE;
      case 0xc4:
      case 0xc5:
      case 0xc6:
        return this.#slice(this.#unsigned(1 << (code - 0xc4)));
      case 0xc7:
      case 0xc8:
      case 0xc9:
        return this.#extension(this.#unsigned(1 << (code - 0xc7)));
      case 0xca:
        return finite(this.#bytes.readFloatBE(this.#skip(4)));
      case 0xcb:
        return finite(this.#bytes.readDoubleBE(this.#skip(8)));
      case 0xcc:
      case 0xcd:
      case 0xce:
        return { kind: 'number', value: this.#unsigned(1 << (code - 0xcc)) };
      case 0xcf:
        return { kind: 'number', value: Number(this.#bytes.readBigUInt64BE(this.#skip(8))) };
      case 0xd0:
        return { kind: 'number', value: this.#bytes.readInt8(this.#skip(1)) };
      case 0xd1:
        return { kind: 'number', value: this.#bytes.readInt16BE(this.#skip(2)) };
      case 0xd2:
        return { kind: 'number', value: this.#bytes.readInt32BE(this.#skip(4)) };
      case 0xd3:
        return { kind: 'number', value: Number(this.#bytes.readBigInt64BE(this.#skip(8))) };
      case 0xd4:
      case 0xd5:
      case 0xd6:
      case 0xd7:
      case 0xd8:
        return this.#extension(1 << (code - 0xd4));
      case 0xd9:
      case 0xda:
      case 0xdb:
        return this.#text(this.#unsigned(1 << (code - 0xd9)));
      case 0xdc:
      case 0xdd:
        return this.#collection('list', this.#unsigned(code === 0xdc ? 2 : 4));
      case 0xde:
      case 0xdf:
        return this.#collection('map', this.#unsigned(code === 0xde ? 2 : 4));
      default:
        throw unreadable('an unknown code in a value');
    }
  }

  #text(length: number): MsgpackToken {
    const from = this.#skip(length);
    return { kind: 'text', value: textIn(this.#bytes, from, this.#at) };
  }

  #slice(length: number): MsgpackToken {
    const from = this.#skip(length);
    return { kind: 'bytes', value: this.#bytes.subarray(from, this.#at) };
  }

  /** Every element has a byte at least: nobody has to believe a length that cannot be. */
  #collection(kind: 'list' | 'map', length: number): MsgpackToken {
    const least = kind === 'map' ? 2 * length : length;
    if (least > this.#bytes.length - this.#at) throw unreadable('a value ends within a collection');
    return { kind, length };
  }

  /** Type and body: whatever an unknown value says of itself, it is not known. */
  #extension(length: number): MsgpackToken {
    this.#skip(length + 1);
    return EXTENSION;
  }

  #unsigned(bytes: number): number {
    let value = 0;
    for (let at = this.#skip(bytes); at < this.#at; at++) value = value * 256 + (this.#bytes[at] ?? 0);
    return value;
  }

  /** Goes past so many bytes, and answers where they begin. */
  #skip(length: number): number {
    const from = this.#at;
    if (length > this.#bytes.length - from) throw unreadable('a value ends too early');
    this.#at = from + length;
    return from;
  }
}

function finite(value: number): MsgpackToken {
  if (!Number.isFinite(value)) throw unreadable('a number that is infinite');
  return { kind: 'number', value };
}
