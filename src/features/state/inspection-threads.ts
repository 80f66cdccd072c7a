import { Worker } from 'node:worker_threads';
import type { Clock } from '../../kernel/clock.ts';
import { HoldfastError } from '../../kernel/errors.ts';
import type { InspectionAnswer, InspectionRequest } from './inspection-thread.ts';
import type { Inspected } from './state-inspection.ts';

/** Silence after which the thread (and its 15 MB) is given back. */
const IDLE_MS = 30_000;
/** Pieces on their way to it, of all states: so far whoever sends runs ahead of it, to write and sync meanwhile. */
const MOST_AHEAD = 16;
/** Of one state, whatever the others do. */
const OWN_AHEAD = 2;
const PIECE_BYTES = 512 * 1024;

/** One state that is looked at in the thread. */
export interface InspectionSession {
  /** Memory for a piece. */
  piece(): Uint8Array<ArrayBuffer>;
  /** Hands over a piece, or what of it is filled; resolves when there is room for another. Throws as `end`. */
  write(piece: Uint8Array<ArrayBuffer>): Promise<void>;
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
  /** Pieces that it has not answered, and who waits for an answer. */
  #ahead = 0;
  readonly #waiting: (() => void)[] = [];
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
    const isOpen = () => this.#listeners.has(id);
    const post = (request: InspectionRequest, transfer: ArrayBuffer[] = []) => worker.postMessage(request, transfer);
    const finish = () => {
      this.#listeners.delete(id);
      if (this.#listeners.size === 0) this.#rest();
    };
    const drop = () => {
      if (!isOpen()) return;
      post({ id, last: 'drop' });
      finish();
    };
    this.#listeners.set(id, (answer) => {
      if (answer instanceof Error) reject(answer);
      else if (answer.kind === 'seen') return void ahead--;
      else if (answer.kind === 'done') resolve(answer.inspected);
      else {
        reject(new HoldfastError('invalid', answer.message));
        return drop();
      }
      finish();
    });
    return {
      piece: () => new Uint8Array(this.#free.pop() ?? new ArrayBuffer(PIECE_BYTES)),
      write: async (piece) => {
        if (!isOpen()) return void (await inspected);
        ahead++;
        this.#ahead++;
        post({ id, bytes: piece }, [piece.buffer]);
        while (isOpen() && ahead >= OWN_AHEAD && this.#ahead >= MOST_AHEAD) await this.#nextAnswer();
      },
      end: () => {
        if (isOpen()) post({ id, last: 'end' });
        return inspected;
      },
      drop,
    };
  }

  #nextAnswer(): Promise<void> {
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  #wake(): void {
    for (const resolve of this.#waiting.splice(0)) resolve();
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
      if (answer.kind === 'seen') {
        this.#ahead--;
        if (this.#free.length < MOST_AHEAD) this.#free.push(answer.memory);
      }
      this.#listeners.get(answer.id)?.(answer);
      this.#wake();
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
    this.#ahead = 0;
    for (const listen of [...this.#listeners.values()]) listen(lost);
    this.#wake();
  }

  #rest(): void {
    this.#worker?.unref();
    this.#stopIdle();
    this.#stopIdle = this.#clock.after(IDLE_MS, () => {
      const worker = this.#worker;
      this.#worker = null;
      this.#free.length = 0;
      this.#ahead = 0;
      void worker?.terminate();
    });
  }
}
