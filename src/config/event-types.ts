/** Everything a channel may be told: a closed list. */
export const EVENT_TYPES = [
  'plan.ready',
  'plan.failed',
  'plan.recovered',
  'apply.started',
  'apply.succeeded',
  'apply.failed',
  'apply.interrupted',
  'stack.blocked',
  'drift.found',
  'drift.changed',
  'drift.cleared',
  'drift.error',
  'drift.report',
  'instance.notice',
] as const;
export type EventType = (typeof EVENT_TYPES)[number];
