import { type Job, WaitingError, Worker } from 'bullmq';
import type { Redis } from 'ioredis';
import { type Clock, sleep } from '../../kernel/clock.ts';
import { messageOf } from '../../kernel/errors.ts';
import type { Logger } from '../../kernel/logger.ts';
import type { Consumption } from './consumption.ts';

const LOCK_MS = 30_000;
const STALLED_CHECK_MS = 10_000;
const MAX_STALLED = 100;
const RETRY_MS = 1_000;
/** How long a graceful goodbye to Redis may take after the last handler has returned. */
const GOODBYE_MS = 2_000;

export interface BullConsumptionOptions {
  /** Of the queue (`queueKey`). */
  readonly key: string;
  readonly redis: Redis;
  readonly prefix: string;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly concurrency: number;
  onError(error: unknown): void;
  handle(data: unknown, signal: AbortSignal): Promise<void>;
}

/** A BullMQ worker that holds each job until its handler returns and fails none. */
export class BullConsumption implements Consumption {
  readonly #worker: Worker;
  readonly #running = new Set<Promise<void>>();
  readonly #abort = new AbortController();
  readonly #options: BullConsumptionOptions;
  #isPaused = false;
  #closing: Promise<void> | null = null;

  constructor(options: BullConsumptionOptions) {
    this.#options = options;
    this.#worker = new Worker(options.key, (job, token) => this.#process(job, token), {
      connection: options.redis,
      prefix: options.prefix,
      concurrency: options.concurrency,
      lockDuration: LOCK_MS,
      stalledInterval: STALLED_CHECK_MS,
      maxStalledCount: MAX_STALLED,
      runRetryDelay: RETRY_MS,
      skipVersionCheck: true,
    });
    this.#worker.on('error', options.onError);
  }

  get active(): number {
    return this.#running.size;
  }

  pause(): void {
    this.#isPaused = true;
    this.#worker.pause(true).catch(this.#options.onError);
  }

  resume(): void {
    if (this.#closing !== null) return;
    this.#isPaused = false;
    void this.#worker.resume();
  }

  async drained(): Promise<void> {
    this.pause();
    while (this.#running.size > 0) await Promise.all(this.#running);
  }

  close(force = false): Promise<void> {
    if (force) this.#abort.abort();
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    const { clock, redis, onError } = this.#options;
    const { signal } = this.#abort;
    await Promise.race([this.drained(), aborted(signal)]);
    const isPolite = !signal.aborted && redis.status === 'ready';
    // Polite: finished jobs are acknowledged first, so that no other worker takes them for stalled.
    const closed = this.#worker.close(!isPolite).catch(onError);
    await Promise.race([closed, sleep(clock, GOODBYE_MS)]);
    await this.#worker.backend.disconnectBlocking(false).catch(onError);
  }

  async #process(job: Job, token = ''): Promise<void> {
    // A fetch that was on its way when we paused still brings a job: it goes back at once.
    if (this.#isPaused) {
      await job.moveToWait(token);
      throw new WaitingError();
    }
    const work = this.#handle(job);
    this.#running.add(work);
    await work.finally(() => this.#running.delete(work));
  }

  async #handle(job: Job): Promise<void> {
    try {
      await this.#options.handle(job.data, this.#abort.signal);
    } catch (error) {
      this.#options.logger.error({ job: job.id, reason: messageOf(error) }, 'job handler failed');
    }
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve();
    signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
