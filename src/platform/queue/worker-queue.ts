import type { Redis } from 'ioredis';
import type { Clock } from '../../kernel/clock.ts';
import type { Logger } from '../../kernel/logger.ts';
import { BullConsumption } from './bull-consumption.ts';
import type { ConsumeOptions, Consumption } from './consumption.ts';
import { QUEUES, type QueueName, type QueuePayload, queueKey } from './queue-catalogue.ts';
import { queueErrorSink } from './queue-errors.ts';
import { connectRedis } from './redis-connection.ts';

export interface WorkerQueueOptions {
  readonly url: string;
  readonly prefix: string;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** The consuming side, for workers. It outlives every loss of Redis: it reconnects ≤ 5 s apart and consumes on. */
export class WorkerQueue {
  readonly #redis: Redis;
  readonly #options: WorkerQueueOptions;
  readonly #errors;
  readonly #consumptions: Consumption[] = [];

  constructor(options: WorkerQueueOptions) {
    this.#options = options;
    this.#errors = queueErrorSink(options.logger);
    this.#redis = connectRedis(options.url, 'consumer');
    this.#redis.on('error', this.#errors.report);
    this.#redis.on('ready', this.#errors.reset);
  }

  /** Whether Redis answers now. */
  get connected(): boolean {
    return this.#redis.status === 'ready';
  }

  consume<Q extends QueueName>(queue: Q, options: ConsumeOptions<Q>): Consumption {
    const consumption = new BullConsumption({
      key: queueKey(queue, options.at),
      redis: this.#redis,
      prefix: this.#options.prefix,
      clock: this.#options.clock,
      logger: this.#options.logger.child({ queue }),
      concurrency: options.concurrency,
      onError: this.#errors.report,
      handle: (data, signal) => {
        const payload = QUEUES[queue].safeParse(data);
        if (payload.success) return options.handler(payload.data as QueuePayload<Q>, signal);
        this.#options.logger.debug({ queue }, 'job of a foreign shape is dropped');
        return Promise.resolve();
      },
    });
    this.#consumptions.push(consumption);
    return consumption;
  }

  async close(force = false): Promise<void> {
    await Promise.all(this.#consumptions.map((consumption) => consumption.close(force)));
    this.#redis.disconnect();
  }
}
