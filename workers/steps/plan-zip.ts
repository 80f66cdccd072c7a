import { type FileHandle, open } from 'node:fs/promises';
import { promisify } from 'node:util';
import { constants, crc32, createInflateRaw, inflateRaw } from 'node:zlib';

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

/** Reads the head of the `tfstate` entry of a saved plan (a zip); null where there is none, as in an encrypted plan. */
export async function readPlanState(file: string): Promise<PlanState | null> {
  const handle = await open(file, 'r');
  try {
    const entry = await findEntry(handle, 'tfstate');
    return entry === null ? null : stateHead(await readEntryHead(handle, entry));
  } finally {
    await handle.close();
  }
}

/**
 * Reads a whole entry of a saved plan; null where there is none, where it would be larger than `maxBytes`, or where it is not
 * what was written.
 */
export async function readPlanEntry(file: string, name: string, maxBytes: number): Promise<Buffer | null> {
  const handle = await open(file, 'r');
  try {
    const entry = await findEntry(handle, name);
    if (entry === null || entry.size > maxBytes || entry.compressedSize > maxBytes) return null;
    const at = await contentAt(handle, entry);
    if (at === null) return null;
    const bytes = await inflateWhole(await readAt(handle, at, entry.compressedSize), entry);
    return bytes !== null && bytes.length === entry.size && crc32(bytes) === entry.crc ? bytes : null;
  } finally {
    await handle.close();
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

async function findEntry(handle: FileHandle, name: string): Promise<ZipEntry | null> {
  const { size } = await handle.stat();
  const tail = await readAt(handle, Math.max(0, size - 65_557), Math.min(size, 65_557));
  const end = tail.lastIndexOf('PK\x05\x06', undefined, 'latin1');
  if (end === -1 || end + 22 > tail.length) return null;
  const length = tail.readUInt32LE(end + 12);
  const start = tail.readUInt32LE(end + 16);
  if (length > MAX_DIRECTORY || start + length > size) return null;
  const directory = await readAt(handle, start, length);
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

async function readEntryHead(handle: FileHandle, entry: ZipEntry): Promise<string> {
  const at = await contentAt(handle, entry);
  if (at === null) return '';
  // A compressed byte rarely makes less than one: what is read here is more than enough.
  const bytes = await readAt(handle, at, Math.min(entry.compressedSize, 2 * HEAD));
  if (entry.method === 0) return bytes.toString('utf8', 0, HEAD);
  return entry.method === 8 ? inflateHead(bytes) : '';
}

/** Where an entry's bytes begin; null where its header is not there. */
async function contentAt(handle: FileHandle, { headerAt }: ZipEntry): Promise<number | null> {
  const header = await readAt(handle, headerAt, 30);
  if (header.length < 30 || header.readUInt32LE(0) !== 0x04034b50) return null;
  return headerAt + 30 + header.readUInt16LE(26) + header.readUInt16LE(28);
}

async function inflateWhole(bytes: Buffer, { method, size }: ZipEntry): Promise<Buffer | null> {
  if (method === 0) return bytes;
  if (method !== 8) return null;
  return promisify(inflateRaw)(bytes, { maxOutputLength: Math.max(1, size) }).catch(() => null);
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

async function readAt(handle: FileHandle, position: number, length: number): Promise<Buffer> {
  const { buffer, bytesRead } = await handle.read(Buffer.alloc(length), 0, length, position);
  return buffer.subarray(0, bytesRead);
}
