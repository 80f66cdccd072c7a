import { type Clock, sleep } from '../../kernel/clock.ts';
import { messageOf } from '../../kernel/errors.ts';
import type { Logger } from '../../kernel/logger.ts';
import type { RedisInstance } from './redis-instance.ts';

const FIRST_DELAY_MS = 50;
const LAST_DELAY_MS = 5_000;
/** Who lived this long starts again at the first delay. */
const HEALTHY_AFTER_MS = 30_000;

export interface KeptAlive {
  onExit(listener: (how: string) => void): void;
  stop(): Promise<void>;
}

/** Launches an instance, and again whenever it ends, with backoff. The first launch's failure is thrown. */
export async function keepAlive(
  launch: () => Promise<RedisInstance>,
  { clock, logger }: { clock: Clock; logger: Logger },
): Promise<KeptAlive> {
  const stopping = new AbortController();
  const listeners: ((how: string) => void)[] = [];
  let current = await launch();
  const loop = supervise();
  return {
    onExit: (listener) => void listeners.push(listener),
    async stop() {
      stopping.abort();
      await current.stop();
      await loop;
    },
  };

  async function supervise(): Promise<void> {
    let delayMs = FIRST_DELAY_MS;
    for (;;) {
      const bornAt = clock.now();
      const how = await current.ended;
      if (stopping.signal.aborted) return;
      logger.warn({ how }, 'embedded Redis ended and is started again');
      for (const listener of listeners) listener(how);
      if (clock.now() - bornAt > HEALTHY_AFTER_MS) delayMs = FIRST_DELAY_MS;
      await sleep(clock, delayMs, stopping.signal);
      delayMs = Math.min(LAST_DELAY_MS, delayMs * 2);
      current = await relaunch();
    }
  }

  /** An instance, or one that has already ended where it did not start. */
  async function relaunch(): Promise<RedisInstance> {
    try {
      const next = stopping.signal.aborted ? nobody : await launch();
      if (stopping.signal.aborted) await next.stop();
      return next;
    } catch (error) {
      return { ended: Promise.resolve(`did not start: ${messageOf(error)}`), stop: async () => {} };
    }
  }
}

const nobody: RedisInstance = { ended: Promise.resolve('stopped'), stop: async () => {} };
