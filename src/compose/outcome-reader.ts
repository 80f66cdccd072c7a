import type { LargeOutcome, PackedPlan } from '../features/execution/index.ts';
import type { OutcomeRequest } from '../features/execution/protocol.ts';
import { HoldfastError } from '../kernel/errors.ts';
import { askThread } from './ask-thread.ts';

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
    const answer = this.#last.then(() => ask(bytes));
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

function ask(bytes: Buffer): Promise<OutcomeAnswer> {
  const { buffer } = bytes;
  const isOwn = buffer instanceof ArrayBuffer && buffer.byteLength === bytes.byteLength;
  return askThread({
    name: 'outcome-thread',
    message: bytes,
    transfer: isOwn ? [buffer] : [],
    maxMegabytes: 2048,
  });
}
