import { type Clock, sleep } from '../../kernel/clock.ts';
import { messageOf } from '../../kernel/errors.ts';
import { ChannelDelivery, type DeliveryDeps } from './channel-delivery.ts';
import type { Channel } from './notification.ts';

/** How often a channel looks by itself: waking is only a hint. */
const LOOK_EVERY_MS = 3_000;

/** Delivers to every channel, each in a loop of its own: a dead one delays nobody. At least once, in order per stack. */
export class NotificationDelivery {
  readonly #deps: DeliveryDeps;
  readonly #channels: readonly Channel[];
  readonly #loops: readonly ChannelLoop[];

  constructor(channels: readonly Channel[], deps: DeliveryDeps) {
    this.#deps = deps;
    this.#channels = channels;
    this.#loops = channels.map((channel) => new ChannelLoop(new ChannelDelivery(channel, deps), deps));
  }

  /** Gives up what waits for channels that are gone, then begins. */
  async start(): Promise<void> {
    const names = this.#channels.map(({ name }) => name);
    const count = await this.#deps.store.giveUpOthers(names, 'its channel is no longer in server.yaml');
    if (count > 0) this.#deps.logger.warn({ count }, 'notifications for channels that are gone are given up');
    for (const loop of this.#loops) loop.start();
  }

  /** There may be something to send: looks soon. Never throws. */
  wake(): void {
    for (const loop of this.#loops) loop.wake();
  }

  /** Sends what is due now on every channel, without the loops. */
  async runOnce(): Promise<void> {
    await Promise.all(this.#loops.map((loop) => loop.runOnce()));
  }

  /** Ends after the message that is under way (10 s at most). */
  async stop(): Promise<void> {
    await Promise.all(this.#loops.map((loop) => loop.stop()));
  }
}

class ChannelLoop {
  readonly #delivery: ChannelDelivery;
  readonly #deps: DeliveryDeps;
  readonly #stopping = new AbortController();
  #pause = new AbortController();
  #running: Promise<void> | null = null;

  constructor(delivery: ChannelDelivery, deps: DeliveryDeps) {
    this.#delivery = delivery;
    this.#deps = deps;
  }

  start(): void {
    this.#running ??= this.#run();
  }

  wake(): void {
    this.#pause.abort();
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    this.#pause.abort();
    await this.#running;
  }

  async runOnce(): Promise<number | null> {
    try {
      return await this.#delivery.runOnce(this.#stopping.signal);
    } catch (error) {
      this.#deps.logger.error({ error: messageOf(error) }, 'delivering notifications failed; it goes on');
      return this.#deps.clock.now() + LOOK_EVERY_MS;
    }
  }

  async #run(): Promise<void> {
    while (!this.#stopping.signal.aborted) {
      // Made before looking: a wake that comes while we look must not be lost.
      this.#pause = new AbortController();
      const nextAt = await this.runOnce();
      if (this.#stopping.signal.aborted) return;
      await rest(this.#deps.clock, nextAt, this.#pause.signal);
    }
  }
}

function rest(clock: Clock, nextAt: number | null, signal: AbortSignal): Promise<void> {
  const now = clock.now();
  return sleep(clock, Math.max(0, Math.min(nextAt ?? Number.POSITIVE_INFINITY, now + LOOK_EVERY_MS) - now), signal);
}
