import type { Clock } from '../../kernel/clock.ts';
import type { ByteSource } from '../../platform/crypto/byte-reader.ts';
import { type InspectionSession, InspectionThread } from './inspection-threads.ts';
import { type Inspected, StateInspection } from './state-inspection.ts';

/** What is not larger costs less here than on its way to a thread. */
const HERE_BYTES = 256 * 1024;

/** Looks at received states: small ones here, large ones in a thread. */
export class StateInspector {
  readonly #thread: InspectionThread;

  constructor(clock: Clock) {
    this.#thread = new InspectionThread(clock);
  }

  /**
   * Passes a state's bytes on (`bytes`, to be read to its end or given up; a chunk counts only until the next is asked
   * for) and looks at them; `end` says what they are.
   * Both throw `invalid` where they are no state, `busy` where that cannot be known now.
   */
  inspect(source: ByteSource): { bytes: AsyncIterable<Uint8Array>; end(): Promise<Inspected> } {
    const look = new Look(this.#thread);
    return { bytes: look.passing(source), end: () => look.end() };
  }
}

class Look {
  readonly #thread: InspectionThread;
  /** What came before it was known to be large. */
  #held: Uint8Array[] = [];
  #heldBytes = 0;
  #session: InspectionSession | null = null;
  #piece: Uint8Array<ArrayBuffer> | null = null;
  #filled = 0;

  constructor(thread: InspectionThread) {
    this.#thread = thread;
  }

  async *passing(source: ByteSource): AsyncGenerator<Uint8Array> {
    let isWhole = false;
    try {
      for await (const chunk of source) yield* this.#session ? this.#send(this.#session, chunk) : this.#hold(chunk);
      if (this.#session) yield* this.#hand(this.#session);
      else yield* this.#held;
      isWhole = true;
    } finally {
      if (!isWhole) this.#session?.drop();
    }
  }

  async end(): Promise<Inspected> {
    if (this.#session) return this.#session.end();
    const here = new StateInspection();
    for (const chunk of this.#held) here.write(chunk);
    return here.end();
  }

  async *#hold(chunk: Uint8Array): AsyncGenerator<Uint8Array> {
    this.#held.push(Buffer.from(chunk));
    this.#heldBytes += chunk.length;
    if (this.#heldBytes <= HERE_BYTES) return;
    this.#session = this.#thread.open();
    for (const held of this.#held.splice(0)) yield* this.#send(this.#session, held);
  }

  async *#send(session: InspectionSession, chunk: Uint8Array): AsyncGenerator<Uint8Array> {
    for (let at = 0; at < chunk.length; ) {
      this.#piece ??= session.piece();
      const part = chunk.subarray(at, at + this.#piece.length - this.#filled);
      this.#piece.set(part, this.#filled);
      at += part.length;
      this.#filled += part.length;
      if (this.#filled === this.#piece.length) yield* this.#hand(session);
    }
  }

  /** First whoever reads on, then the thread, which takes the memory along. */
  async *#hand(session: InspectionSession): AsyncGenerator<Uint8Array> {
    const piece = this.#piece?.subarray(0, this.#filled);
    if (!piece) return;
    yield piece;
    this.#piece = null;
    this.#filled = 0;
    await session.write(piece);
  }
}
