import { messageOf } from '../kernel/errors.ts';
import type { Logger } from '../kernel/logger.ts';
import { hearStrayRejections } from '../platform/process/stray-rejections.ts';

interface Part {
  readonly name: string;
  readonly stop: () => Promise<void>;
}

/**
 * Parts that run, ended in the reverse of the order in which they were added, each once, whatever happens to others. As long
 * as any runs, a rejection that nobody waits for is said, and ends none of them.
 */
export class Stopper {
  readonly #logger: Logger;
  readonly #parts: Part[] = [];
  #stopping: Promise<void> | null = null;
  #onClosed: () => void = () => {};
  /** Resolves when everything has ended. */
  readonly closed: Promise<void>;

  constructor(logger: Logger) {
    this.#logger = logger;
    const forget = hearStrayRejections(logger);
    this.add('stray rejections', async () => void forget());
    this.closed = new Promise((resolve) => {
      this.#onClosed = resolve;
    });
  }

  get isStopping(): boolean {
    return this.#stopping !== null;
  }

  add(name: string, stop: () => Promise<void>): void {
    this.#parts.push({ name, stop });
  }

  /** Idempotent; never rejects. */
  stop(): Promise<void> {
    this.#stopping ??= this.#run();
    return this.#stopping;
  }

  async #run(): Promise<void> {
    for (const part of this.#parts.toReversed()) {
      try {
        await part.stop();
      } catch (error) {
        this.#logger.error({ part: part.name, error: messageOf(error) }, 'a part did not stop as it should');
      }
    }
    this.#onClosed();
  }
}
