import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { promisify } from 'node:util';
import { constants, crc32, createInflateRaw, inflateRaw, inflateRawSync } from 'node:zlib';

/** Serial and lineage of the state a plan was made against. */
export interface PlanState {
  readonly serial: number;
  /** Empty where there was no state. */
  readonly lineage: string;
}

/** A saved plan has a handful of entries; a directory larger than this is none that an engine wrote. */
const MAX_DIRECTORY = 4 * 1024 * 1024;
/** The state's head: serial and lineage come before outputs and resources. */
const HEAD = 4096;
/** What is no larger is inflated at once: a hop to the thread pool, and a stream the more, costs ten times as much. */
const SMALL = 65_536;

/** Reads the head of the `tfstate` entry of a saved plan (a zip); null where there is none, as in an encrypted plan. */
export async function readPlanState(file: string): Promise<PlanState | null> {
  const handle = openSync(file, 'r');
  try {
    const entry = findEntry(handle, 'tfstate');
    return entry === null ? null : stateHead(await readEntryHead(handle, entry));
  } finally {
    closeSync(handle);
  }
}

/**
 * Reads a whole entry of a saved plan; null where there is none, where it would be larger than `maxBytes`, or where it is not
 * what was written.
 */
export async function readPlanEntry(file: string, name: string, maxBytes: number): Promise<Buffer | null> {
  const handle = openSync(file, 'r');
  try {
    const entry = findEntry(handle, name);
    if (entry === null || entry.size > maxBytes || entry.compressedSize > maxBytes) return null;
    const at = contentAt(handle, entry);
    if (at === null) return null;
    const bytes = await inflateWhole(readAt(handle, at, entry.compressedSize), entry);
    return bytes !== null && bytes.length === entry.size && crc32(bytes) === entry.crc ? bytes : null;
  } finally {
    closeSync(handle);
  }
}

/** Serial and lineage in the beginning of a state's JSON; null where they are not there. */
export function stateHead(text: string): PlanState | null {
  const head = text.slice(0, text.search(/"(outputs|resources)"\s*:/) >>> 0);
  const serial = /"serial"\s*:\s*(\d{1,15})\b/.exec(head)?.[1];
  const lineage = /"lineage"\s*:\s*("(?:[^"\\]|\\.)*")/.exec(head)?.[1];
  return serial === undefined || lineage === undefined
    ? null
    : { serial: Number(serial), lineage: JSON.parse(lineage) };
}

interface ZipEntry {
  readonly method: number;
  readonly crc: number;
  readonly compressedSize: number;
  readonly size: number;
  readonly headerAt: number;
}

function findEntry(handle: number, name: string): ZipEntry | null {
  const { size } = fstatSync(handle);
  const tail = readAt(handle, Math.max(0, size - 65_557), Math.min(size, 65_557));
  const end = tail.lastIndexOf('PK\x05\x06', undefined, 'latin1');
  if (end === -1 || end + 22 > tail.length) return null;
  const length = tail.readUInt32LE(end + 12);
  const start = tail.readUInt32LE(end + 16);
  if (length > MAX_DIRECTORY || start + length > size) return null;
  const directory = readAt(handle, start, length);
  for (let at = 0; at + 46 <= directory.length && directory.readUInt32LE(at) === 0x02014b50; ) {
    const nameLength = directory.readUInt16LE(at + 28);
    if (directory.toString('utf8', at + 46, at + 46 + nameLength) === name) {
      return {
        method: directory.readUInt16LE(at + 10),
        crc: directory.readUInt32LE(at + 16),
        compressedSize: directory.readUInt32LE(at + 20),
        size: directory.readUInt32LE(at + 24),
        headerAt: directory.readUInt32LE(at + 42),
      };
    }
    at += 46 + nameLength + directory.readUInt16LE(at + 30) + directory.readUInt16LE(at + 32);
  }
  return null;
}

async function readEntryHead(handle: number, entry: ZipEntry): Promise<string> {
  const at = contentAt(handle, entry);
  if (at === null) return '';
  // A compressed byte rarely makes less than one: what is read here is more than enough.
  const bytes = readAt(handle, at, Math.min(entry.compressedSize, 2 * HEAD));
  if (entry.method === 0) return bytes.toString('utf8', 0, HEAD);
  if (entry.method !== 8) return '';
  const whole =
    entry.size <= SMALL && bytes.length === entry.compressedSize ? inflateSmall(bytes, Math.max(1, entry.size)) : null;
  return whole === null ? inflateHead(bytes) : whole.toString('utf8', 0, HEAD);
}

/** Where an entry's bytes begin; null where its header is not there. */
function contentAt(handle: number, { headerAt }: ZipEntry): number | null {
  const header = readAt(handle, headerAt, 30);
  if (header.length < 30 || header.readUInt32LE(0) !== 0x04034b50) return null;
  return headerAt + 30 + header.readUInt16LE(26) + header.readUInt16LE(28);
}

async function inflateWhole(bytes: Buffer, { method, size }: ZipEntry): Promise<Buffer | null> {
  if (method === 0) return bytes;
  if (method !== 8) return null;
  if (size <= SMALL && bytes.length <= SMALL) return inflateSmall(bytes, Math.max(1, size));
  return promisify(inflateRaw)(bytes, { maxOutputLength: Math.max(1, size) }).catch(() => null);
}

/** null where it is damaged, or becomes more than `atMost` bytes. */
function inflateSmall(bytes: Buffer, atMost: number): Buffer | null {
  try {
    // Of 16 KiB each, the chunks that are Node's habit cost more than what becomes of so few bytes.
    return inflateRawSync(bytes, { maxOutputLength: atMost, chunkSize: Math.max(1024, Math.min(atMost, 16_384)) });
  } catch {
    return null;
  }
}

/** Inflates no more than the head, whatever the entry claims to become. */
function inflateHead(bytes: Buffer): Promise<string> {
  return new Promise((resolve) => {
    const inflate = createInflateRaw({ chunkSize: HEAD, finishFlush: constants.Z_SYNC_FLUSH });
    const parts: Buffer[] = [];
    let size = 0;
    const finish = () => {
      inflate.destroy();
      resolve(Buffer.concat(parts).toString('utf8', 0, HEAD));
    };
    inflate.on('data', (part: Buffer) => {
      parts.push(part);
      size += part.length;
      if (size >= HEAD) finish();
    });
    // The entry may be cut short on purpose: what came until then counts.
    inflate.on('error', finish);
    inflate.on('end', finish);
    inflate.end(bytes);
  });
}

/** At once: the engine has just written it. */
function readAt(handle: number, position: number, length: number): Buffer {
  const bytes = Buffer.allocUnsafe(length);
  return bytes.subarray(0, readSync(handle, bytes, 0, length, position));
}
