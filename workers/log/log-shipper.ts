import { closeSync, existsSync, fstatSync, openSync, readSync } from 'node:fs';
import { join } from 'node:path';
import { type Clock, sleep } from '../../src/kernel/clock.ts';
import { type AppendLog, LogLost, LogSink } from './log-sink.ts';

/** Turns raw engine output into rendered, masked text; the same bytes give the same text, however they are cut. */
export interface LogRenderer {
  push(chunk: Buffer): string;
  /** What was held back. */
  end(): string;
}

/** A part of the log that is ready, or grows until `ended` aborts. */
export type LogPart =
  | { readonly text: string }
  | { readonly call: string; readonly createRenderer: () => LogRenderer; readonly ended: AbortSignal };

export interface LogShipperOptions {
  readonly runDir: string;
  readonly limitBytes: number;
  /** Of each output file no more than this is read: an engine that prints more is ended, and what it printed until then is not a log. */
  readonly readBytes: number;
  readonly storedBytes: number;
  readonly append: AppendLog;
  readonly clock: Clock;
}

const READ_BYTES = 128 * 1024;
const LOOK_MS = 200;
/** The control plane writes a log's offset once per second. */
const SHIP_MS = 1000;

/**
 * Ships a run's log from its files: rendered in order, one request in flight, nothing kept in memory while the control plane
 * is away. Add parts, then `finish`.
 */
export class LogShipper {
  readonly #options: LogShipperOptions;
  readonly #parts: LogPart[] = [];
  readonly #closed = new AbortController();
  #shippedAt: number;
  #wake: () => void = () => {};
  #keep = 0;
  #done: Promise<string | null>;

  constructor(options: LogShipperOptions) {
    this.#options = options;
    this.#shippedAt = options.clock.now();
    this.#done = this.#ship(options.storedBytes);
    // Whoever finishes sees it; until then it must not end the process.
    this.#done.catch(() => {});
  }

  add(part: LogPart): void {
    this.#parts.push(part);
    this.#wake();
  }

  /**
   * No more parts come: resolves when everything is stored, rejects where the run was taken away. A log of at most `keep`
   * bytes of which nothing was sent is handed back instead.
   */
  finish(keep = 0): Promise<string | null> {
    this.#keep = keep;
    // A reason, lest it makes an exception with a stack that nobody reads.
    this.#closed.abort('closed');
    this.#wake();
    return this.#done;
  }

  async #ship(storedBytes: number): Promise<string | null> {
    const sink = new LogSink({ ...this.#options, storedBytes });
    try {
      for (let index = 0; ; index++) {
        const part = await this.#partAt(index, sink);
        if (!part) break;
        if ('text' in part) await sink.write(part.text);
        else await this.#shipCall(part, sink);
      }
      return await sink.end(this.#keep);
    } catch (error) {
      await sink.close();
      if (!(error instanceof LogLost)) throw error;
      return this.#ship(sink.storedBytes);
    }
  }

  async #partAt(index: number, sink: LogSink): Promise<LogPart | null> {
    while (index >= this.#parts.length && !this.#closed.signal.aborted) {
      const { clock } = this.#options;
      await Promise.race([new Promise<void>((resolve) => (this.#wake = resolve)), sleep(clock, SHIP_MS)]);
      if (!this.#closed.signal.aborted) await this.#flushSometimes(sink);
    }
    return this.#parts[index] ?? null;
  }

  async #shipCall(part: Extract<LogPart, { call: string }>, sink: LogSink): Promise<void> {
    await this.#follow(join(this.#options.runDir, part.call, 'out'), part, sink);
    await this.#follow(join(this.#options.runDir, part.call, 'err'), part, sink);
  }

  async #follow(path: string, part: Extract<LogPart, { call: string }>, sink: LogSink): Promise<void> {
    const file = await this.#openWhenThere(path, part.ended);
    if (file === null) return;
    const renderer = part.createRenderer();
    try {
      for (let at = 0; ; ) {
        const hasEnded = part.ended.aborted;
        const want = Math.min(READ_BYTES, this.#options.readBytes - at);
        const bytes = readPiece(file, at, want);
        at += bytes.length;
        if (bytes.length > 0) await sink.write(renderer.push(bytes));
        if (bytes.length === 0 && hasEnded) break;
        if (!hasEnded && (want <= 0 || bytes.length < want)) {
          await this.#flushSometimes(sink);
          await sleep(this.#options.clock, LOOK_MS, part.ended);
        }
      }
      await sink.write(renderer.end());
    } finally {
      closeSync(file);
    }
  }

  async #openWhenThere(path: string, ended: AbortSignal): Promise<number | null> {
    for (;;) {
      const hasEnded = ended.aborted;
      const file = existsSync(path) ? openSync(path, 'r') : null;
      if (file !== null || hasEnded) return file;
      await sleep(this.#options.clock, 20, ended);
    }
  }

  async #flushSometimes(sink: LogSink): Promise<void> {
    const now = this.#options.clock.now();
    if (now - this.#shippedAt < SHIP_MS) return;
    this.#shippedAt = now;
    await sink.flush();
  }
}

/** What lies at `at`, at most `want` bytes. At once: the engine has just written it, and hops to other threads cost more. */
function readPiece(file: number, at: number, want: number): Buffer {
  const there = Math.min(want, fstatSync(file).size - at);
  if (there <= 0) return Buffer.alloc(0);
  const bytes = Buffer.allocUnsafe(there);
  return bytes.subarray(0, readSync(file, bytes, 0, there, at));
}
