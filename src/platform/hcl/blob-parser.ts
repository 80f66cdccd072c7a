import { Worker } from 'node:worker_threads';
import type { Clock } from '../../kernel/clock.ts';
import { parsePlainBlob } from './parse-plain.ts';
import type { ParseAnswer, ParseRequest } from './parse-thread.ts';
import { type BlobKind, type ParsedFile, unreadableFile } from './parsed-file.ts';

export interface ParseJob {
  readonly kind: BlobKind;
  readonly bytes: Uint8Array;
}

/** Reads configuration blobs. Results come in the order of the jobs; nothing a blob holds makes it throw. */
export interface BlobParser {
  parse(jobs: readonly ParseJob[]): Promise<ParsedFile[]>;
  /** Ends the thread; a later `parse` starts another. */
  close(): Promise<void>;
}

export interface BlobParserOptions {
  readonly clock: Clock;
  /** Silence after which the thread (and its 25 to 80 MB) is given back. Default 30 s. */
  readonly idleMs?: number;
  /** How long one batch may take before it is split, and one file before it counts as unreadable. Default 20 s. */
  readonly timeoutMs?: number;
}

const BATCH_JOBS = 64;
const BATCH_BYTES = 1024 * 1024;

/**
 * A parser in a thread of its own: a large, strange or hostile file never holds up the event loop, and memory is given
 * back when nobody asks.
 */
export function createBlobParser(options: BlobParserOptions): BlobParser {
  const thread = new ParseThread(options);
  let turn: Promise<unknown> = Promise.resolve();

  async function runBatch(jobs: readonly ParseJob[]): Promise<readonly ParsedFile[]> {
    const files = await thread.ask(jobs);
    if (files) return files;
    if (jobs.length === 1) return [unreadableFile('the file takes too much time or memory to read')];
    const out: ParsedFile[] = [];
    for (const job of jobs) out.push(...(await runBatch([job])));
    return out;
  }

  async function run(jobs: readonly ParseJob[]): Promise<ParsedFile[]> {
    const out: ParsedFile[] = [];
    for (const batch of batches(jobs)) out.push(...(await runBatch(batch)));
    return out;
  }

  return {
    async parse(jobs) {
      const files = jobs.map((job) => parsePlainBlob(job.kind, job.bytes));
      const hard = jobs.filter((_, i) => files[i] === null);
      if (hard.length === 0) return files as ParsedFile[];
      const result = turn.then(() => run(hard));
      turn = result.catch(() => {});
      const parsed = (await result).values();
      return files.map((file) => file ?? parsed.next().value ?? unreadableFile('the file was not read'));
    },
    close: () => thread.end(),
  };
}

function batches(jobs: readonly ParseJob[]): ParseJob[][] {
  const out: ParseJob[][] = [];
  let bytes = Number.POSITIVE_INFINITY;
  for (const job of jobs) {
    if (bytes + job.bytes.byteLength > BATCH_BYTES || (out.at(-1)?.length ?? 0) >= BATCH_JOBS) {
      out.push([]);
      bytes = 0;
    }
    out.at(-1)?.push(job);
    bytes += job.bytes.byteLength;
  }
  return out;
}

/** The thread behind the parser: started when needed, one question at a time, ended when idle, stuck or dead. */
class ParseThread {
  readonly #options: BlobParserOptions;
  #worker: Worker | null = null;
  #stopIdle: () => void = () => {};
  #nextId = 0;

  constructor(options: BlobParserOptions) {
    this.#options = options;
  }

  /** The thread's answer, or null where it died or took too long. */
  async ask(jobs: readonly ParseJob[]): Promise<readonly ParsedFile[] | null> {
    this.#stopIdle();
    this.#worker ??= startWorker();
    const worker = this.#worker;
    const id = this.#nextId++;
    const answer = await new Promise<readonly ParsedFile[] | null>((resolve) => {
      const cancel = this.#options.clock.after(this.#options.timeoutMs ?? 20_000, () => finish(null));
      const onMessage = (message: ParseAnswer) => message.id === id && finish(message.files);
      const onEnd = () => finish(null);
      function finish(files: readonly ParsedFile[] | null) {
        cancel();
        worker.off('message', onMessage).off('error', onEnd).off('exit', onEnd);
        resolve(files);
      }
      worker.on('message', onMessage).on('error', onEnd).on('exit', onEnd);
      worker.ref();
      worker.postMessage({ id, jobs } satisfies ParseRequest);
    });
    worker.unref();
    const bytes = jobs.reduce((sum, job) => sum + job.bytes.byteLength, 0);
    // WebAssembly memory never shrinks: after a large batch the thread is given back at once.
    if (answer === null || bytes > BATCH_BYTES) await this.end();
    else this.#stopIdle = this.#options.clock.after(this.#options.idleMs ?? 30_000, () => void this.end());
    return answer;
  }

  async end(): Promise<void> {
    this.#stopIdle();
    const worker = this.#worker;
    this.#worker = null;
    await worker?.terminate();
  }
}

function startWorker(): Worker {
  // A checkout runs .ts, the package built .js.
  const extension = import.meta.url.endsWith('.ts') ? '.ts' : '.js';
  const worker = new Worker(new URL(`./parse-thread${extension}`, import.meta.url), {
    stdout: true,
    stderr: true,
    env: {},
    resourceLimits: { maxOldGenerationSizeMb: 512 },
  });
  worker.on('error', () => {});
  worker.stdout.resume();
  worker.stderr.resume();
  return worker;
}
