import { Worker } from 'node:worker_threads';
import type { Clock } from '../../kernel/clock.ts';
import { HoldfastError } from '../../kernel/errors.ts';
import type { InspectionAnswer, InspectionRequest } from './inspection-thread.ts';
import type { Inspected } from './state-inspection.ts';

/** Silence after which the thread (and its 15 MB) is given back. */
const IDLE_MS = 30_000;
/** Pieces that are on their way to it: more, and the sender waits. */
const MOST_AHEAD = 4;
const PIECE_BYTES = 512 * 1024;

/** One state that is looked at in the thread. */
export interface InspectionSession {
  /** Memory for a piece. */
  piece(): Uint8Array<ArrayBuffer>;
  /** Hands over a piece of which `size` bytes are filled; resolves when there is room for another. Throws as `end`. */
  write(piece: Uint8Array<ArrayBuffer>, size: number): Promise<void>;
  /** Throws `invalid` where it is no state, `busy` where the thread died. */
  end(): Promise<Inspected>;
  drop(): void;
}

/** A thread that looks at large states, so that neither hashing nor scanning them holds up the event loop. */
export class InspectionThread {
  readonly #clock: Clock;
  readonly #listeners = new Map<number, (answer: InspectionAnswer | Error) => void>();
  /** Memory that came back: a state of 100 MB needs no more than a few pieces. */
  readonly #free: ArrayBuffer[] = [];
  #worker: Worker | null = null;
  #stopIdle: () => void = () => {};
  #nextId = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  open(): InspectionSession {
    this.#stopIdle();
    const worker = this.#start();
    const id = this.#nextId++;
    const { promise: inspected, resolve, reject } = Promise.withResolvers<Inspected>();
    inspected.catch(() => {});
    let ahead = 0;
    let room = Promise.withResolvers<void>();
    const finish = () => {
      this.#listeners.delete(id);
      room.resolve();
      if (this.#listeners.size === 0) this.#rest();
    };
    this.#listeners.set(id, (answer) => {
      if (answer instanceof Error) reject(answer);
      else if (answer.kind === 'seen') return void (--ahead < MOST_AHEAD && room.resolve());
      else if (answer.kind === 'done') resolve(answer.inspected);
      else reject(new HoldfastError('invalid', answer.message));
      finish();
    });
    const post = (request: InspectionRequest, transfer: ArrayBuffer[] = []) => worker.postMessage(request, transfer);
    return {
      piece: () => new Uint8Array(this.#free.pop() ?? new ArrayBuffer(PIECE_BYTES)),
      write: async (piece, size) => {
        if (!this.#listeners.has(id)) return void (await inspected);
        ahead++;
        post({ id, bytes: piece.subarray(0, size) }, [piece.buffer]);
        if (ahead < MOST_AHEAD) return;
        room = Promise.withResolvers<void>();
        await room.promise;
      },
      end: () => {
        if (this.#listeners.has(id)) post({ id, last: 'end' });
        return inspected;
      },
      drop: () => {
        if (!this.#listeners.has(id)) return;
        post({ id, last: 'drop' });
        finish();
      },
    };
  }

  #start(): Worker {
    if (this.#worker) {
      this.#worker.ref();
      return this.#worker;
    }
    // A checkout runs .ts, the package built .js.
    const extension = import.meta.url.endsWith('.ts') ? '.ts' : '.js';
    const worker = new Worker(new URL(`./inspection-thread${extension}`, import.meta.url), {
      ...{ stdout: true, stderr: true, env: {} },
      resourceLimits: { maxOldGenerationSizeMb: 64 },
    });
    worker.stdout.resume();
    worker.stderr.resume();
    worker.on('message', (answer: InspectionAnswer) => {
      if (answer.kind === 'seen' && this.#free.length < MOST_AHEAD) this.#free.push(answer.memory);
      this.#listeners.get(answer.id)?.(answer);
    });
    worker.on('error', (cause) => this.#died(worker, cause));
    worker.on('exit', () => this.#died(worker, null));
    this.#worker = worker;
    return worker;
  }

  /** Nothing was stored: whoever sent the state sends it again. */
  #died(worker: Worker, cause: unknown): void {
    if (this.#worker !== worker) return;
    this.#worker = null;
    const lost = new HoldfastError('busy', 'the thread that looks at large states ended; try again', { cause });
    for (const listen of [...this.#listeners.values()]) listen(lost);
  }

  #rest(): void {
    this.#worker?.unref();
    this.#stopIdle();
    this.#stopIdle = this.#clock.after(IDLE_MS, () => {
      const worker = this.#worker;
      this.#worker = null;
      this.#free.length = 0;
      void worker?.terminate();
    });
  }
}
