import { createReadStream } from 'node:fs';
import { lstat, open } from 'node:fs/promises';
import { join } from 'node:path';

/** Where the bytes of a state lie that terraform could not save: a file, or a part of one. `to` is exclusive. */
export interface ErroredState {
  readonly file: string;
  readonly from: number;
  readonly to: number;
}

export interface ErroredStateSearch {
  readonly stackDir: string;
  readonly outFile: string;
  /** When the apply was meant, in ms: an older file is the repository's own. */
  readonly meantAt: number;
  /** Whether the stream has an emergency dump. */
  readonly hasDump: boolean;
}

/** A file system's clock lags behind the system's. */
const CLOCK_LAG_MS = 100;
const DUMP = '"@message":"Emergency state dump"';
const STATE = '"state":';
const CHUNK = 256 * 1024;

/** Finds the state that was not saved; null where terraform wrote none, `unreadable` where it is not whole. */
export async function findErroredState(search: ErroredStateSearch): Promise<ErroredState | 'unreadable' | null> {
  const file = join(search.stackDir, 'errored.tfstate');
  const facts = await lstat(file).catch(() => null);
  const isNew = facts?.isFile() === true && facts.ctimeMs >= search.meantAt - CLOCK_LAG_MS;
  if (isNew && facts.size > 0 && !search.hasDump) return { file, from: 0, to: facts.size };
  if (search.hasDump) return (await findDump(search.outFile)) ?? 'unreadable';
  return isNew ? 'unreadable' : null;
}

/** The bytes, as a stream. */
export function readErroredState({ file, from, to }: ErroredState) {
  return createReadStream(file, { start: from, end: to - 1 });
}

/** The state inside terraform's message; null where its line is not whole, or of another shape. */
async function findDump(outFile: string): Promise<ErroredState | null> {
  const handle = await open(outFile, 'r').catch(() => null);
  if (!handle) return null;
  try {
    const message = await indexOf(handle, DUMP, 0);
    const member = message === null ? null : await indexOf(handle, STATE, message);
    const end = member === null ? null : await indexOf(handle, '\n', member);
    if (member === null || end === null) return null;
    const from = member + STATE.length;
    const tailAt = Math.max(from, end - 200);
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(200), 0, end - tailAt, tailAt);
    const tail = buffer.toString('latin1', 0, bytesRead);
    const close = /(?:,"type":"[a-z_]*")?\}\s*$/.exec(tail);
    return close ? { file: outFile, from, to: tailAt + close.index } : null;
  } finally {
    await handle.close();
  }
}

/** Where a text begins at or after `start`, searched in chunks that overlap. */
async function indexOf(handle: Awaited<ReturnType<typeof open>>, text: string, start: number): Promise<number | null> {
  const buffer = Buffer.alloc(CHUNK + text.length);
  for (let at = start; ; at += CHUNK) {
    const { bytesRead } = await handle.read(buffer, 0, buffer.length, at);
    const found = buffer.subarray(0, bytesRead).indexOf(text);
    if (found >= 0) return at + found;
    if (bytesRead < buffer.length) return null;
  }
}
