import type { RunStatus } from '../../kernel/run-status.ts';
import type { RunTable } from '../../platform/db/schema.ts';
import type { RunTransition } from '../runs/index.ts';
import type { Channel, NotificationEvent } from './notification.ts';

/** The plan of the stack that people heard of before this one (superseded and canceled ones are nobody's news). */
export type PreviousPlan = Pick<RunTable, 'status' | 'plan_digest'>;

export interface Telling {
  readonly event: NotificationEvent;
  /** The plan before had failed. */
  readonly recovered: boolean;
  /** A message of `plan.ready` says it, too: for who hears that one a second message would be noise. */
  readonly isSaidByReady?: true;
}

const PLANS: readonly (RunStatus | null)[] = ['preparing', 'planning'];
const NEWS: readonly RunStatus[] = ['awaiting_approval', 'failed', 'unchanged'];

/** Whether the transition could be news at all: told before anything is read for it. Drift and speculative plans are not. */
export function isPlanEnd({ run, from, to }: RunTransition): boolean {
  return PLANS.includes(from) && NEWS.includes(to) && run.kind !== 'drift' && run.speculative === 0;
}

/**
 * What a plan's end is called; nothing where nobody is told: a plan without changes is silence, unless the one before had
 * failed. One that recovers and has changes is `plan.ready`, which says so, and for programs `plan.recovered` before it. Pure.
 */
export function decideTellings(transition: RunTransition, previous: PreviousPlan | null): Telling[] {
  if (!isPlanEnd(transition)) return [];
  if (transition.to === 'failed') return [{ event: 'plan.failed', recovered: false }];
  // A failed apply has a plan, and its plan did not fail.
  const recovered = previous?.status === 'failed' && previous.plan_digest === null;
  const recovery: Telling[] = recovered ? [{ event: 'plan.recovered', recovered }] : [];
  if (transition.to === 'unchanged') return recovery;
  // Approved by itself (`apply: auto`) in this very transaction: nobody is asked, its apply will be told.
  if ((transition.run.approved_by ?? null) !== null) return recovery;
  return [
    ...recovery.map((telling) => ({ ...telling, isSaidByReady: true as const })),
    { event: 'plan.ready', recovered },
  ];
}

/** What is told of a passage into, or out of, an apply; null for every other one. Pure. */
export function applyEvent({ from, to }: RunTransition): NotificationEvent | null {
  if (from === 'approved' && to === 'applying') return 'apply.started';
  if (from !== 'applying' && from !== 'interrupted') return null;
  if (to === 'applied') return 'apply.succeeded';
  if (to === 'failed') return 'apply.failed';
  return to === 'interrupted' ? 'apply.interrupted' : null;
}

/** The channels that want to hear it. Pure. */
export function selectChannels(channels: readonly Channel[], event: NotificationEvent, stack: string): Channel[] {
  return channels.filter((channel) => channel.events.includes(event) && channel.covers(stack));
}

/** Of these the ones that are told of it by this event: people who hear `plan.ready` read it there. Pure. */
export function withoutEchoes(channels: readonly Channel[], { isSaidByReady }: Telling): readonly Channel[] {
  if (!isSaidByReady) return channels;
  return channels.filter(({ type, events }) => type === 'webhook' || !events.includes('plan.ready'));
}
