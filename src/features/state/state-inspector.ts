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
   * Passes a state's bytes on (`bytes`, to be read to its end or given up) and looks at them; `end` says what they are.
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
      for await (const chunk of source) {
        if (this.#session) await this.#send(this.#session, chunk);
        else await this.#hold(chunk);
        yield chunk;
      }
      isWhole = true;
    } finally {
      if (!isWhole) this.#session?.drop();
    }
  }

  async end(): Promise<Inspected> {
    if (this.#session) {
      if (this.#piece) await this.#session.write(this.#piece, this.#filled);
      return this.#session.end();
    }
    const here = new StateInspection();
    for (const chunk of this.#held) here.write(chunk);
    return here.end();
  }

  async #hold(chunk: Uint8Array): Promise<void> {
    this.#held.push(chunk);
    this.#heldBytes += chunk.length;
    if (this.#heldBytes <= HERE_BYTES) return;
    const session = this.#thread.open();
    this.#session = session;
    for (const held of this.#held.splice(0)) await this.#send(session, held);
  }

  async #send(session: InspectionSession, chunk: Uint8Array): Promise<void> {
    for (let at = 0; at < chunk.length; ) {
      this.#piece ??= session.piece();
      const part = chunk.subarray(at, at + this.#piece.length - this.#filled);
      this.#piece.set(part, this.#filled);
      at += part.length;
      this.#filled += part.length;
      if (this.#filled < this.#piece.length) continue;
      const full = this.#piece;
      this.#piece = null;
      this.#filled = 0;
      await session.write(full, full.length);
    }
  }
}
