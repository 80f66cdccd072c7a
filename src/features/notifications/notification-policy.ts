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
}

const PLANS: readonly (RunStatus | null)[] = ['preparing', 'planning'];
const NEWS: readonly RunStatus[] = ['awaiting_approval', 'failed', 'unchanged'];

/** Whether the transition could be news at all: told before anything is read for it. Drift and speculative plans are not. */
export function isPlanEnd({ run, from, to }: RunTransition): boolean {
  return PLANS.includes(from) && NEWS.includes(to) && run.kind !== 'drift' && run.speculative === 0;
}

/**
 * What a plan's end is called, or null where nobody is told: a plan without changes is silence, unless the one before
 * had failed. One that recovers and has changes is `plan.ready`, which says so. Pure.
 */
export function decideTelling(transition: RunTransition, previous: PreviousPlan | null): Telling | null {
  if (!isPlanEnd(transition)) return null;
  // A failed apply has a plan, and its plan did not fail.
  const recovered = previous?.status === 'failed' && previous.plan_digest === null;
  // Approved by itself (`apply: auto`) in this very transaction: nobody is asked, its apply will be told.
  if (transition.to === 'awaiting_approval') {
    return (transition.run.approved_by ?? null) === null ? { event: 'plan.ready', recovered } : null;
  }
  if (transition.to === 'failed') return { event: 'plan.failed', recovered: false };
  return recovered ? { event: 'plan.recovered', recovered } : null;
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
