import { join } from 'node:path';
import { HoldfastError } from '../../src/kernel/errors.ts';
import { LogRing } from './log-ring.ts';
import { boundsOf, headCut, leftOutLine } from './log-window.ts';

/** Appends bytes to the stored log at an offset; answers the stored size. Retries by itself. */
export type AppendLog = (offset: number, bytes: Buffer) => Promise<number>;

/** The stored log is shorter than what was sent: it must be rendered again from the start. */
export class LogLost extends Error {}

const POST_BYTES = 256 * 1024;

/**
 * Takes a run's rendered text in order and stores it within the limit: the first half as it comes, the last half, which waits
 * in a ring on disk, at the end. What is stored already (an adopted run) is skipped.
 */
export class LogSink {
  readonly #append: AppendLog;
  readonly #ring: LogRing;
  #headRoom: number;
  #isHeadFull = false;
  /** Bytes of the log made so far, and of it stored. */
  #made = 0;
  #stored: number;
  #pending: Buffer[] = [];
  #pendingBytes = 0;

  constructor(options: { runDir: string; limitBytes: number; storedBytes: number; append: AppendLog }) {
    const { headBytes, tailBytes } = boundsOf(options.limitBytes);
    this.#append = options.append;
    this.#ring = new LogRing(join(options.runDir, 'log-tail'), tailBytes);
    this.#headRoom = headBytes;
    this.#stored = options.storedBytes;
  }

  get storedBytes(): number {
    return this.#stored;
  }

  async write(text: string): Promise<void> {
    if (text === '') return;
    const bytes = Buffer.from(text, 'utf8');
    const cut = this.#isHeadFull ? 0 : headCut(bytes, this.#headRoom);
    this.#headRoom -= cut;
    if (cut > 0) await this.#emit(bytes.subarray(0, cut));
    if (cut === bytes.length) return;
    this.#isHeadFull = true;
    await this.#ring.write(bytes.subarray(cut));
  }

  /** Sends what waits. */
  async flush(): Promise<void> {
    const bytes = Buffer.concat(this.#pending);
    this.#pending = [];
    this.#pendingBytes = 0;
    for (let from = 0; from < bytes.length; )
      from += await this.#store(bytes.subarray(from, from + POST_BYTES), bytes.length - from);
  }

  /** Sends the last half; or answers all of the log, where nothing of it was sent and it has at most `keep` bytes. */
  async end(keep = 0): Promise<string | null> {
    await this.#emit(Buffer.from(leftOutLine(this.#ring.leftOut)));
    for await (const bytes of this.#ring.read()) await this.#emit(bytes);
    const isKept = this.#stored === 0 && this.#made > 0 && this.#made <= keep;
    const whole = isKept ? Buffer.concat(this.#pending).toString('utf8') : null;
    if (!isKept) await this.flush();
    await this.close();
    return whole;
  }

  close(): Promise<void> {
    return this.#ring.close();
  }

  async #emit(bytes: Buffer): Promise<void> {
    const skip = Math.min(bytes.length, Math.max(0, this.#stored - this.#made));
    this.#made += bytes.length;
    if (skip === bytes.length) return;
    this.#pending.push(bytes.subarray(skip));
    this.#pendingBytes += bytes.length - skip;
    if (this.#pendingBytes >= POST_BYTES) await this.flush();
  }

  /** Stores a piece that lies `left` bytes before the end of what was made; answers how many bytes of it need not be sent again. */
  async #store(piece: Buffer, left: number): Promise<number> {
    const offset = this.#made - left;
    const size = await this.#append(offset, piece);
    this.#stored = size;
    if (size === offset) throw new HoldfastError('internal', `the control plane takes no log at offset ${offset}`);
    if (size < offset) throw new LogLost(`the stored log has ${size} bytes, ${offset} were sent`);
    return Math.min(left, size - offset);
  }
}
