import type { QueueName, QueuePayload } from './queue-catalogue.ts';

export interface ConsumeOptions<Q extends QueueName> {
  /** Hears only what rings at this place (`queueKey`); absent: what rings at none. */
  readonly at?: string;
  /** Jobs held at the same time. */
  readonly concurrency: number;
  /**
   * Called per job with its payload (a hint only) and a signal that aborts when the consumer is closed by force. The
   * job is held until it returns; what it throws is logged, for a job is never a truth that could fail.
   */
  handler(payload: QueuePayload<Q>, signal: AbortSignal): Promise<void>;
}

/** One queue being consumed. */
export interface Consumption {
  /** Handlers that run now. */
  readonly active: number;
  /** Takes no new job; running handlers go on. */
  pause(): void;
  resume(): void;
  /** Takes no new job and waits until every running handler has returned. */
  drained(): Promise<void>;
  /** Drains, then lets go of Redis. With `force` handlers are told to abort and not waited for. */
  close(force?: boolean): Promise<void>;
}
