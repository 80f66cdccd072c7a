import { type Job, Queue } from 'bullmq';
import type { Redis } from 'ioredis';
import { messageOf } from '../../kernel/errors.ts';
import type { Logger } from '../../kernel/logger.ts';
import { firstId, type QueueName, queueKey, type Ring, ringOnceMore } from './queue-catalogue.ts';
import { queueErrorSink } from './queue-errors.ts';
import { parseRedisUrl } from './redis-address.ts';
import { connectRedis } from './redis-connection.ts';
import { checkEvictionPolicy } from './redis-policy.ts';

/** A bulk of jobs is one round trip; larger ones would hold Redis up. */
const BULK = 500;
/** More waiting jobs than this are not listed: the sweep then rings some of them again, which is nothing. */
const MAX_LISTED = 20_000;

/** How many jobs wait and how many are held by a worker. */
interface QueueDepth {
  readonly waiting: number;
  readonly active: number;
}

/** The producing side of the queue. The database is the truth: nothing here throws, and a lost ring is found by the sweep. */
export interface Doorbell {
  /** Adds jobs (those already there are left alone); how many were sent, 0 while Redis is away. `at`: see `queueKey`. */
  ring<Q extends QueueName>(queue: Q, rings: readonly Ring<Q>[], at?: string): Promise<number>;
  /**
   * Rings once more, under another id (`nth` is new each time), for those of these whose job somebody has taken: he may be dead, and Redis would
   * take the job for held until its lock runs out. One such job waits at most. What is rung for nothing claims nothing.
   */
  ringHeld<Q extends QueueName>(queue: Q, rings: readonly Ring<Q>[], nth: number, at?: string): Promise<void>;
  /** Ids of jobs nobody has taken yet; null while Redis is away. */
  waitingJobs(queue: QueueName, at?: string): Promise<ReadonlySet<string> | null>;
  /** null while Redis is away. */
  depth(queue: QueueName): Promise<QueueDepth | null>;
  /** Whether Redis answers and keeps what it is given. */
  readonly healthy: boolean;
  /** Calls back whenever Redis is there (again), so that everything can be rung at once. */
  onReady(listener: () => void): void;
  close(): Promise<void>;
}

export interface DoorbellOptions {
  readonly url: string;
  readonly prefix: string;
  readonly logger: Logger;
}

/** Connects in the background; usable at once. Throws `invalid` only on a URL that is none. */
export function openDoorbell(options: DoorbellOptions): Doorbell {
  return new BullDoorbell(options);
}

class BullDoorbell implements Doorbell {
  healthy = false;
  #isGreeting = false;
  /** Why it cannot be used, as it was said last. */
  #refusal: string | null = null;
  readonly #redis: Redis;
  /** By key. */
  readonly #queues = new Map<string, Queue>();
  readonly #listeners: (() => void)[] = [];
  readonly #errors;
  readonly #options: DoorbellOptions;

  constructor(options: DoorbellOptions) {
    this.#options = options;
    this.#errors = queueErrorSink(options.logger);
    this.#redis = connectRedis(options.url, 'producer');
    this.#redis.on('error', (error) => this.#lost(error));
    this.#redis.on('close', () => {
      this.healthy = false;
    });
    this.#redis.on('ready', () => void this.#greet());
  }

  async ring<Q extends QueueName>(name: Q, rings: readonly Ring<Q>[], at?: string): Promise<number> {
    const jobs = rings.map((ring) => ({
      name,
      data: ring.payload,
      opts: { jobId: ring.id, attempts: 1, removeOnComplete: true, removeOnFail: true },
    }));
    let sent = 0;
    const done = await this.#attempt(queueKey(name, at), async (queue) => {
      for (; sent < jobs.length; sent += BULK) await queue.addBulk(jobs.slice(sent, sent + BULK));
      return true;
    });
    return done === null ? Math.min(sent, jobs.length) : jobs.length;
  }

  async ringHeld<Q extends QueueName>(name: Q, rings: readonly Ring<Q>[], nth: number, at?: string): Promise<void> {
    if (rings.length === 0) return;
    const waiting = await this.waitingJobs(name, at);
    if (waiting === null) return;
    const known = new Set([...waiting].map(firstId));
    const held = rings.filter(({ id }) => !known.has(id));
    if (held.length > 0)
      await this.ring(
        name,
        held.map((ring) => ringOnceMore(ring, nth)),
        at,
      );
  }

  waitingJobs(name: QueueName, at?: string): Promise<ReadonlySet<string> | null> {
    return this.#attempt(
      queueKey(name, at),
      async (queue) => new Set(await queue.getRanges(['wait'], 0, MAX_LISTED - 1)),
    );
  }

  depth(name: QueueName): Promise<QueueDepth | null> {
    return this.#attempt(name, async (queue) => {
      const counts = await queue.getJobCounts('wait', 'active');
      return { waiting: counts.wait ?? 0, active: counts.active ?? 0 };
    });
  }

  onReady(listener: () => void): void {
    this.#listeners.push(listener);
    if (this.healthy) listener();
  }

  async close(): Promise<void> {
    this.healthy = false;
    this.#listeners.length = 0;
    await Promise.allSettled([...this.#queues.values()].map((queue) => queue.close()));
    this.#redis.disconnect();
  }

  async #attempt<T>(key: string, act: (queue: Queue) => Promise<T>): Promise<T | null> {
    if (this.#redis.status !== 'ready') return null;
    if (!this.healthy) {
      // It was there and could not be used (it evicts): whoever mends that does not cut our connection.
      void this.#greet();
      return null;
    }
    try {
      return await act(this.#queue(key));
    } catch (error) {
      this.#lost(error);
      return null;
    }
  }

  /** Made at the first use, when Redis is there: BullMQ waits for ever for a connection that is not. */
  #queue(key: string): Queue<Job> {
    const known = this.#queues.get(key);
    if (known) return known;
    const queue = new Queue(key, {
      connection: this.#redis,
      prefix: this.#options.prefix,
      skipVersionCheck: true,
      skipMetasUpdate: true,
      streams: { events: { maxLen: 100 } },
    });
    queue.on('error', (error) => this.#lost(error));
    this.#queues.set(key, queue);
    return queue;
  }

  async #greet(): Promise<void> {
    if (this.#isGreeting) return;
    this.#isGreeting = true;
    try {
      await this.#look();
    } finally {
      this.#isGreeting = false;
    }
  }

  async #look(): Promise<void> {
    const { logger, url } = this.#options;
    const { label } = parseRedisUrl(url);
    try {
      const version = await checkEvictionPolicy(this.#redis, label);
      this.healthy = true;
      this.#errors.reset();
      this.#refusal = null;
      logger.info({ redis: label, version }, 'queue is there');
      for (const listener of this.#listeners) listener();
    } catch (error) {
      this.healthy = false;
      const reason = messageOf(error);
      if (reason !== this.#refusal) logger.error({ redis: label, reason }, 'queue cannot be used');
      this.#refusal = reason;
    }
  }

  #lost(error: unknown): void {
    this.#errors.report(error);
  }
}
