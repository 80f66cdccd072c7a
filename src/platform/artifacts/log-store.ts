import { closeSync, createReadStream, ftruncateSync, openSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { HoldfastError } from '../../kernel/errors.ts';
import { isMissing, makeDir, writeTo } from '../files/durable-file.ts';
import { diskError, removeFile } from './disk-files.ts';

/** Whether a part was appended; `size` is how long the log now is: where the next part has to begin. */
export interface AppendResult {
  readonly ok: boolean;
  readonly size: number;
}

/** The rendered, masked text of each run: append-only, plain. What the worker leaves out, it says in a line of its own. */
export interface LogStore {
  /** Appends where `offset` is the log's size, else says what the size is. `too_large` beyond the bound. */
  append(run: string, offset: number, bytes: Uint8Array): Promise<AppendResult>;
  /** Bytes so far; 0 for a run without a log. */
  size(run: string): Promise<number>;
  /** The bytes from `from`, up to `to` (excluded) or what is there now. */
  read(run: string, from: number, to?: number): Readable;
  delete(run: string): Promise<void>;
}

const RUN = /^[0-9A-Za-z_-]{1,64}$/;

/** Logs as files `<shard>/<run>.log` (0600) in a folder. */
export async function openDiskLogStore(root: string, options: { maxBytes: number }): Promise<LogStore> {
  await makeDir(root);
  const turns = new Map<string, Promise<unknown>>();

  /** One append of a run at a time; others do not wait. */
  function inTurn<T>(run: string, work: () => Promise<T>): Promise<T> {
    const turn = (turns.get(run) ?? Promise.resolve()).then(work, work);
    turns.set(run, turn);
    const done = () => {
      if (turns.get(run) === turn) turns.delete(run);
    };
    turn.then(done, done);
    return turn;
  }

  return {
    append: (run, offset, bytes) => inTurn(run, () => appendTo(fileOf(root, run), offset, bytes, options.maxBytes)),
    size: async (run) => sizeOf(fileOf(root, run).path),
    read(run, from, to) {
      if (to !== undefined && to <= from) return Readable.from([]);
      const end = to === undefined ? {} : { end: to - 1 };
      return Readable.from(ignoringMissing(createReadStream(fileOf(root, run).path, { start: from, ...end })), {
        objectMode: false,
      });
    },
    delete: (run) => inTurn(run, () => removeFile(fileOf(root, run).path)),
  };
}

interface LogFile {
  readonly run: string;
  readonly dir: string;
  readonly path: string;
}

async function appendTo(file: LogFile, offset: number, bytes: Uint8Array, maxBytes: number): Promise<AppendResult> {
  const size = sizeOf(file.path);
  if (offset !== size) return { ok: false, size };
  if (size + bytes.length > maxBytes) {
    throw new HoldfastError('too_large', `the log of run ${file.run} would pass ${maxBytes} bytes`, {
      treatment: { kind: 'ignore' },
    });
  }
  if (size === 0) await makeDir(file.dir);
  const fd = openSync(file.path, 'a', 0o600);
  try {
    await writeTo(fd, bytes);
    return { ok: true, size: size + bytes.length };
  } catch (error) {
    // Half a part would shift every later offset.
    ftruncateSync(fd, size);
    throw diskError(error);
  } finally {
    closeSync(fd);
  }
}

function sizeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}

async function* ignoringMissing(stream: Readable): AsyncGenerator<Buffer> {
  try {
    yield* stream;
  } catch (error) {
    if (!isMissing(error)) throw error;
  }
}

function fileOf(root: string, run: string): LogFile {
  if (!RUN.test(run)) throw new HoldfastError('invalid', `"${run}" is no run id`);
  const dir = join(root, run.slice(-2));
  return { run, dir, path: join(dir, `${run}.log`) };
}
