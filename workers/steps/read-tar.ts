/** What stands before an entry's bytes in a tar. */
export interface TarEntry {
  /** The name of its type: `File`, `Directory`, `SymbolicLink`, …; an unknown one by its letter. */
  readonly type: string;
  readonly path: string;
  /** A link's target, else empty. */
  readonly linkpath: string;
  /** Bytes that follow; 0 for all but files. */
  readonly size: number;
  readonly mode: number;
}

/** Takes the entries in their order: `begin`, its bytes in parts, `end`. What it throws ends the reading. */
export interface TarSink {
  begin(entry: TarEntry): void;
  data(bytes: Buffer): void;
  end(): void;
}

const BLOCK = 512;
/** Of a pax header: paths and targets of any length that a file system takes. */
const PAX_LIMIT = 1024 * 1024;

const TYPES: Readonly<Record<string, string>> = {
  '\0': 'OldFile',
  '0': 'File',
  '1': 'Link',
  '2': 'SymbolicLink',
  '3': 'CharacterDevice',
  '4': 'BlockDevice',
  '5': 'Directory',
  '6': 'FIFO',
  '7': 'ContiguousFile',
  g: 'pax of all',
  x: 'pax',
};

/** That the bytes are no whole tar of the form that git writes; `message` says where. */
export class DamagedTar extends Error {}

type Pax = Partial<Record<'path' | 'linkpath' | 'size', string>>;

/**
 * Reads the tar that `git archive` and our small archives write (ustar, long names in pax headers), and no other dialect.
 * Holds one header at most, never a file. Throws `DamagedTar`.
 */
export class TarReader {
  readonly #sink: TarSink;
  /** The begin of a header that the last chunk cut. */
  #cut: Buffer = Buffer.alloc(0);
  /** Bytes left of the entry, and zeros left behind it. */
  #left = 0;
  #padding = 0;
  #isOpen = false;
  /** Collects a pax header while it is read. */
  #meta: { readonly isForNext: boolean; readonly parts: Buffer[] } | null = null;
  #pax: Pax = {};
  #zeroBlocks = 0;

  constructor(sink: TarSink) {
    this.#sink = sink;
  }

  push(chunk: Buffer): void {
    let at = 0;
    while (at < chunk.length) {
      if (this.#left > 0) at = this.#content(chunk, at);
      else if (this.#padding > 0) at = this.#skip(chunk, at);
      else at = this.#block(chunk, at);
    }
  }

  /** Says that no more comes. Throws where the end of the tar was not seen. */
  finish(): void {
    if (this.#zeroBlocks < 2 || this.#cut.length > 0) throw new DamagedTar('it ends too early');
  }

  #content(chunk: Buffer, at: number): number {
    const end = Math.min(chunk.length, at + this.#left);
    const part = chunk.subarray(at, end);
    this.#left -= part.length;
    if (this.#meta) this.#meta.parts.push(part);
    else this.#sink.data(part);
    if (this.#left === 0) this.#ended();
    return end;
  }

  #skip(chunk: Buffer, at: number): number {
    const end = Math.min(chunk.length, at + this.#padding);
    this.#padding -= end - at;
    return end;
  }

  #block(chunk: Buffer, at: number): number {
    const end = at + BLOCK - this.#cut.length;
    if (end > chunk.length) {
      // A copy: a slice would keep the whole chunk alive.
      this.#cut = Buffer.concat([this.#cut, chunk.subarray(at)]);
      return chunk.length;
    }
    const isCut = this.#cut.length > 0;
    const block = isCut ? Buffer.concat([this.#cut, chunk.subarray(at, end)]) : chunk.subarray(at, end);
    if (isCut) this.#cut = Buffer.alloc(0);
    this.#header(block);
    return end;
  }

  #header(block: Buffer): void {
    const sum = checksumOf(block);
    if (sum === BLANK_SUM) {
      this.#zeroBlocks++;
      return;
    }
    if (this.#zeroBlocks > 0) throw new DamagedTar('something stands behind its end');
    if (sum !== octal(block, 148, 8)) throw new DamagedTar('a header has a wrong checksum');
    const flag = String.fromCharCode(block[156] ?? 0);
    const size = octal(block, 124, 12);
    if (flag === 'x' || flag === 'g') this.#metaHeader(flag === 'x', size);
    else this.#entry(block, { flag, size });
  }

  #metaHeader(isForNext: boolean, size: number): void {
    if (size === 0 || size > PAX_LIMIT) throw new DamagedTar('a pax header is too large');
    this.#meta = { isForNext, parts: [] };
    this.#expect(size);
  }

  #entry(block: Buffer, { flag, size }: { flag: string; size: number }): void {
    const pax = this.#pax;
    this.#pax = {};
    const path = pax.path ?? pathOf(block);
    const type = TYPES[flag] ?? flag;
    const mayHold = flag === '0' || flag === '\0' || flag === '7';
    const bytes = pax.size === undefined ? size : Number(pax.size);
    if (!Number.isSafeInteger(bytes) || bytes < 0) throw new DamagedTar('a size is no number');
    if (bytes > 0 && (flag === '5' || flag === '2')) throw new DamagedTar('a directory or link has bytes');
    if (mayHold && path.endsWith('/')) throw new DamagedTar('a file is named as a directory');
    const linkpath = pax.linkpath ?? text(block, 157, 100);
    this.#isOpen = true;
    this.#sink.begin({ type, path, linkpath, size: bytes, mode: octal(block, 100, 8) });
    this.#expect(bytes);
  }

  #expect(size: number): void {
    this.#left = size;
    this.#padding = (BLOCK - (size % BLOCK)) % BLOCK;
    if (size === 0) this.#ended();
  }

  #ended(): void {
    const meta = this.#meta;
    this.#meta = null;
    // What holds for all entries is the commit's id alone.
    if (meta?.isForNext) this.#pax = parsePax(Buffer.concat(meta.parts));
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.#sink.end();
  }
}

/** Of a block of zeros: the checksum's own field counts as spaces. */
const BLANK_SUM = 8 * 32;

function checksumOf(block: Buffer): number {
  let sum = BLANK_SUM;
  for (let i = 0; i < 148; i++) sum += block[i] ?? 0;
  for (let i = 156; i < BLOCK; i++) sum += block[i] ?? 0;
  return sum;
}

/** A number in octal digits, ended by NUL, space or the field's end. */
function octal(block: Buffer, from: number, length: number): number {
  let value = 0;
  let at = from;
  const end = from + length;
  while (at < end && block[at] === 32) at++;
  for (; at < end; at++) {
    const byte = block[at] ?? 0;
    if (byte === 0 || byte === 32) break;
    if (byte < 48 || byte > 55) throw new DamagedTar('a number is not in octal digits');
    value = value * 8 + byte - 48;
  }
  return value;
}

function pathOf(block: Buffer): string {
  const name = text(block, 0, 100);
  const isUstar = block.toString('latin1', 257, 262) === 'ustar';
  const prefix = isUstar && block[345] !== 0 ? text(block, 345, 155) : '';
  return prefix === '' ? name : `${prefix}/${name}`;
}

function text(block: Buffer, from: number, length: number): string {
  if (block[from] === 0) return '';
  const nul = block.indexOf(0, from);
  const end = nul < 0 || nul > from + length ? from + length : nul;
  return block.toString('utf8', from, end);
}

/** Records of the form `length key=value LF`, where the length counts the whole record. */
function parsePax(bytes: Buffer): Pax {
  const pax: Pax = {};
  for (let at = 0; at < bytes.length; ) {
    const space = bytes.indexOf(32, at);
    const length = space < 0 ? Number.NaN : Number(bytes.toString('latin1', at, space));
    const end = at + length;
    const equals = bytes.indexOf(61, space);
    const isRecord = end <= bytes.length && equals > space && equals < end && bytes[end - 1] === 10;
    if (!isRecord) throw new DamagedTar('a pax header is damaged');
    const key = bytes.toString('utf8', space + 1, equals);
    if (key.startsWith('GNU.sparse')) throw new DamagedTar('it holds sparse files');
    if (key === 'path' || key === 'linkpath' || key === 'size') pax[key] = bytes.toString('utf8', equals + 1, end - 1);
    at = end;
  }
  return pax;
}
