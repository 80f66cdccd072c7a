import type { Clock } from '../../kernel/clock.ts';
import { newId } from '../../kernel/ids.ts';
import type { Random } from '../../kernel/random.ts';
import type { RunListener, RunTransition } from '../runs/index.ts';
import type { Channel, NotificationBody, PlanExcerpt } from './notification.ts';
import { decideTelling, isPlanEnd, selectChannels, type Telling } from './notification-policy.ts';
import type { NewNotification, NotificationWriter, Tx } from './notification-store.ts';
import { snapshotOf } from './run-snapshot.ts';

/** How long a grouped message waits for the next plan of its push. */
const SETTLE_MS = 2_000;

export interface NotificationListenerDeps {
  readonly store: NotificationWriter;
  readonly channels: readonly Channel[];
  /** What may be shown of a run's plan. */
  readonly excerpts: { excerpt(run: string): Promise<PlanExcerpt | null> };
  /** Absolute address of a run's page. */
  readonly runUrl: (run: string) => string;
  readonly clock: Clock;
  readonly random: Random;
  /** Wakes the delivery; called inside the transaction, so it must only look later. */
  readonly wake: () => void;
}

/** Writes what people are told in the transaction of what it tells, so that neither is ever there alone. */
export class NotificationListener implements RunListener {
  readonly #deps: NotificationListenerDeps;

  constructor(deps: NotificationListenerDeps) {
    this.#deps = deps;
  }

  async onTransition(tx: Tx, transition: RunTransition): Promise<void> {
    if (this.#deps.channels.length === 0 || !isPlanEnd(transition)) return;
    const previous = await this.#deps.store.previousPlan(tx, transition.run);
    const telling = decideTelling(transition, previous);
    if (telling === null) return;
    const channels = selectChannels(this.#deps.channels, telling.event, transition.run.stack);
    if (channels.length === 0) return;
    const body = JSON.stringify(await this.#body(transition, telling));
    const isMoreToCome =
      channels.some(({ group }) => group) && (await this.#deps.store.hasSiblings(tx, transition.run));
    await this.#deps.store.insert(
      tx,
      channels.map((channel) =>
        this.#row(transition, telling, channel.name, {
          body,
          waitMs: channel.group && isMoreToCome ? SETTLE_MS : 0,
        }),
      ),
    );
    this.#deps.wake();
  }

  async #body({ run, at }: RunTransition, telling: Telling): Promise<NotificationBody> {
    return {
      event: telling.event,
      at,
      repository: run.repository,
      stack: run.stack,
      run: snapshotOf(run, at, telling.recovered),
      plan: telling.event === 'plan.ready' ? await this.#deps.excerpts.excerpt(run.id) : null,
      url: this.#deps.runUrl(run.id),
    };
  }

  #row(
    { run, at }: RunTransition,
    { event }: Telling,
    channel: string,
    { body, waitMs }: { body: string; waitMs: number },
  ): NewNotification {
    return {
      id: newId(this.#deps.clock, this.#deps.random, 10),
      channel,
      event,
      repository: run.repository,
      stack: run.stack,
      run: run.id,
      body,
      status: 'pending',
      attempts: 0,
      next_attempt_at: at + waitMs,
      last_error: null,
      created_at: at,
      delivered_at: null,
    };
  }
}
