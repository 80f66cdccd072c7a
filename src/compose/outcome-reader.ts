import { Worker } from 'node:worker_threads';
import type { LargeOutcome, PackedPlan } from '../features/execution/index.ts';
import type { OutcomeRequest } from '../features/execution/protocol.ts';
import { HoldfastError } from '../kernel/errors.ts';

/** What the thread made of an outcome's bytes. */
export type OutcomeAnswer =
  | { readonly kind: 'read'; readonly outcome: OutcomeRequest; readonly packed: (PackedPlan & WithBuffer) | null }
  | { readonly kind: 'refused'; readonly problems: readonly { readonly path: string; readonly message: string }[] };

interface WithBuffer {
  readonly gzip: Uint8Array<ArrayBuffer>;
}

/** Outcomes that wait for the thread; each is held in memory. */
const MOST_WAITING = 8;

/**
 * Reads large outcomes (20,000 changes are 11 MB and half a second) in a thread, one after the other: the event loop has only
 * to hand the bytes over. The thread is started for each, for there are few of them, and it holds a hundred megabytes.
 */
export class OutcomeReader {
  #last: Promise<unknown> = Promise.resolve();
  #waiting = 0;

  /** Throws `invalid` where it does not follow the protocol, `busy` where too many wait or the thread died. */
  async read(bytes: Buffer): Promise<LargeOutcome> {
    if (this.#waiting >= MOST_WAITING) throw new HoldfastError('busy', 'too many large outcomes at once; try again');
    this.#waiting++;
    const answer = this.#last.then(() => askThread(bytes));
    this.#last = answer.catch(() => {});
    try {
      const read = await answer;
      if (read.kind === 'read') return read;
      const { problems } = read;
      throw new HoldfastError('invalid', 'the request does not follow the job protocol', { details: { problems } });
    } finally {
      this.#waiting--;
    }
  }
}

function askThread(bytes: Buffer): Promise<OutcomeAnswer> {
  // A checkout runs .ts, the package built .js.
  const extension = import.meta.url.endsWith('.ts') ? '.ts' : '.js';
  const worker = new Worker(new URL(`./outcome-thread${extension}`, import.meta.url), {
    ...{ stdout: true, stderr: true, env: {} },
    resourceLimits: { maxOldGenerationSizeMb: 2048 },
  });
  worker.stdout.resume();
  worker.stderr.resume();
  return new Promise<OutcomeAnswer>((resolve, reject) => {
    const lost = (cause: unknown) =>
      reject(new HoldfastError('busy', 'the thread that reads large outcomes ended; try again', { cause }));
    worker.once('message', resolve).once('error', lost).once('exit', lost);
    const own =
      bytes.buffer.byteLength === bytes.byteLength && bytes.buffer instanceof ArrayBuffer ? [bytes.buffer] : [];
    worker.postMessage(bytes, own);
  }).finally(() => worker.terminate());
}
