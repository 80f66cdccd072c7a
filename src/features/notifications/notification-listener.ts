import type { Clock } from '../../kernel/clock.ts';
import { newId } from '../../kernel/ids.ts';
import type { Random } from '../../kernel/random.ts';
import type { RunTable } from '../../platform/db/schema.ts';
import type { RunListener, RunTransition } from '../runs/index.ts';
import { applySnapshotOf } from './apply-snapshot.ts';
import type {
  ApplySnapshot,
  ApprovalSnapshot,
  Channel,
  NotificationBody,
  NotificationEvent,
  PlanExcerpt,
} from './notification.ts';
import {
  applyEvent,
  decideTellings,
  isPlanEnd,
  selectChannels,
  type Telling,
  withoutEchoes,
} from './notification-policy.ts';
import type { NewNotification, NotificationWriter, Tx } from './notification-store.ts';
import { snapshotOf } from './run-snapshot.ts';

/** How long a grouped message waits for the next plan of its push. */
const SETTLE_MS = 2_000;
const APPROVERS_NAMED = 5;

export interface NotificationListenerDeps {
  readonly store: NotificationWriter;
  readonly channels: readonly Channel[];
  /** What may be shown of a run's plan. */
  readonly excerpts: { excerpt(run: string): Promise<PlanExcerpt | null> };
  /** Absolute address of a run's page. */
  readonly runUrl: (run: string) => string;
  /** Who may approve plans of the stack, by name. */
  readonly approvers: (stack: string) => readonly string[];
  /** How long a plan may wait for its approval (`applies.plan_expires`). */
  readonly planExpiresMs: number;
  readonly clock: Clock;
  readonly random: Random;
  /** Wakes the delivery; called inside the transaction, so it must only look later. */
  readonly wake: () => void;
}

/** What is told, and of an apply how it stands. */
interface Told extends Telling {
  readonly apply: ApplySnapshot | null;
}

/** Writes what people are told in the transaction of what it tells, so that neither is ever there alone. */
export class NotificationListener implements RunListener {
  readonly #deps: NotificationListenerDeps;

  constructor(deps: NotificationListenerDeps) {
    this.#deps = deps;
  }

  async onTransition(tx: Tx, transition: RunTransition): Promise<void> {
    if (this.#deps.channels.length === 0) return;
    for (const telling of await this.#tellings(tx, transition)) await this.#tell(tx, transition, telling);
  }

  /** Says that a run's stack is blocked on account of what was learned after the run had ended. */
  async tellBlocked(tx: Tx, run: RunTable, at: number): Promise<void> {
    if (this.#deps.channels.length === 0) return;
    const apply = applySnapshotOf(run, await this.#deps.store.aftermath(tx, run));
    const { status } = run;
    await this.#tell(
      tx,
      { run, from: status, to: status, actor: 'system', at },
      { event: 'stack.blocked', recovered: false, apply },
    );
  }

  /** What is told of the transition. Only the ends of plans and applies are worth a query. */
  async #tellings(tx: Tx, transition: RunTransition): Promise<Told[]> {
    const event = applyEvent(transition);
    if (event !== null) return this.#ofApply(tx, transition, event);
    if (!isPlanEnd(transition)) return [];
    const previous = await this.#deps.store.previousPlan(tx, transition.run);
    return decideTellings(transition, previous).map((telling) => ({ ...telling, apply: null }));
  }

  /** The event, and with it that the stack is blocked, where it is. */
  async #ofApply(tx: Tx, { run }: RunTransition, event: NotificationEvent): Promise<Told[]> {
    const aftermath = await this.#deps.store.aftermath(tx, run);
    const apply = applySnapshotOf(run, aftermath);
    const told = { event, recovered: false, apply };
    return aftermath.blocks && event !== 'apply.started' ? [told, { ...told, event: 'stack.blocked' }] : [told];
  }

  async #tell(tx: Tx, transition: RunTransition, telling: Told): Promise<void> {
    const channels = withoutEchoes(selectChannels(this.#deps.channels, telling.event, transition.run.stack), telling);
    if (channels.length === 0) return;
    const body = JSON.stringify(await this.#body(transition, telling));
    const isMoreToCome =
      isPlanEnd(transition) &&
      channels.some(({ group }) => group) &&
      (await this.#deps.store.hasSiblings(tx, transition.run));
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

  async #body({ run, at }: RunTransition, telling: Told): Promise<NotificationBody> {
    const isReady = telling.event === 'plan.ready';
    const isPlan = telling.apply === null;
    return {
      event: telling.event,
      at,
      repository: run.repository,
      stack: run.stack,
      run: snapshotOf(isPlan ? run : { ...run, started_at: applyStart(telling, run) }, at, telling.recovered),
      plan: isReady ? await this.#deps.excerpts.excerpt(run.id) : null,
      apply: telling.apply,
      approval: isReady ? this.#approval(run.stack, at) : null,
      url: this.#deps.runUrl(run.id),
    };
  }

  #approval(stack: string, at: number): ApprovalSnapshot {
    const names = this.#deps.approvers(stack);
    const approvers = names.slice(0, APPROVERS_NAMED);
    return {
      approvers,
      more_approvers: names.length - approvers.length,
      expires_at: at + this.#deps.planExpiresMs,
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

/** An apply takes as long as people wait for it: from the approval. One that has just started took nothing yet. */
function applyStart({ event }: Telling, run: RunTransition['run']): number | null {
  return event === 'apply.started' ? null : (run.approved_at ?? run.started_at);
}
