import { type Clock, sleep } from '../../kernel/clock.ts';
import type { Logger } from '../../kernel/logger.ts';
import type { Random } from '../../kernel/random.ts';
import type { Channel, NotificationBody } from './notification.ts';
import type { NotificationQueue } from './notification-store.ts';
import { type Batch, type Pending, planDeliveries } from './plan-deliveries.ts';
import { GAP_MS, type Post, postToChannel } from './post-to-channel.ts';
import { decideSetback, isTooOld } from './retry-policy.ts';

export interface DeliveryDeps {
  readonly store: NotificationQueue;
  readonly post: Post;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
}

/** Rows looked at in one pass. */
const LOOK_AT = 100;
/** Sends what waits for one channel. One pass at a time. */
export class ChannelDelivery {
  readonly #channel: Channel;
  readonly #deps: DeliveryDeps;
  /** Nothing is sent before: the channel was away, or takes one message a second. */
  #notBefore = 0;
  /** How often in a row it was away: many waiting messages must not each begin with a short pause. */
  #timesAway = 0;

  constructor(channel: Channel, deps: DeliveryDeps) {
    this.#channel = channel;
    this.#deps = deps;
  }

  /** Sends what is due, in order; answers when to look again (ms; null: nothing waits). Ends early when `signal` aborts. */
  async runOnce(signal: AbortSignal): Promise<number | null> {
    const { clock, store } = this.#deps;
    if (this.#notBefore > clock.now()) return this.#notBefore;
    const rows = await store.pending(this.#channel.name, LOOK_AT);
    const pending = rows.map((row) => ({ row, body: JSON.parse(row.body) as NotificationBody }));
    const plan = planDeliveries(pending, clock.now(), this.#channel.group && this.#channel.type !== 'webhook');
    for (const batch of plan.due) {
      const isThere = await this.#send(batch);
      if (!isThere) await this.#giveUpOld(pending);
      if (signal.aborted || !isThere) break;
      await sleep(clock, this.#notBefore - clock.now(), signal);
    }
    // Who was behind somebody of his own stack may go now.
    if (plan.due.length > 0) return Math.max(clock.now(), this.#notBefore);
    return plan.nextAt;
  }

  /** A channel that is away for days must not keep every row for ever: each would be tried once in ten minutes. */
  async #giveUpOld(pending: readonly Pending[]): Promise<void> {
    const { clock, store } = this.#deps;
    const now = clock.now();
    const old = pending.filter(({ row }) => isTooOld(row.created_at, now)).map(({ row }) => row.id);
    if (old.length === 0) return;
    await store.markSetback(old, { status: 'failed', nextAttemptAt: now, error: 'its channel was away for days' });
  }

  /** Whether the channel takes messages (a rejected one, too, shows that it is there). */
  async #send(batch: Batch): Promise<boolean> {
    const { clock, logger, store } = this.#deps;
    const ids = batch.map(({ row }) => row.id);
    this.#notBefore = clock.now() + GAP_MS[this.#channel.type];
    const verdict = await postToChannel(this.#channel, batch, this.#deps);
    if (verdict.kind === 'delivered') {
      this.#timesAway = 0;
      await store.markDelivered(ids, clock.now());
      return true;
    }
    this.#timesAway = verdict.kind === 'away' ? this.#timesAway + 1 : 0;
    const tried = Math.max(...batch.map(({ row }) => row.attempts));
    const attempts = Math.max(tried, this.#timesAway - 1);
    const createdAt = Math.max(...batch.map(({ row }) => row.created_at));
    const chance = this.#deps.random.next();
    const setback = decideSetback({ verdict, attempts, createdAt, now: clock.now(), chance });
    await store.markSetback(ids, setback);
    const facts = { channel: this.#channel.name, notifications: ids, error: setback.error };
    if (setback.status === 'failed') logger.error(facts, 'notification is given up');
    else logger.warn(facts, 'notification is tried again');
    if (verdict.kind === 'away') this.#notBefore = setback.nextAttemptAt;
    return verdict.kind === 'rejected';
  }
}
