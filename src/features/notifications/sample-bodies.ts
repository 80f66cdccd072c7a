import { EMPTY_SUMMARY, type PlannedChange } from '../../kernel/plan-outcome.ts';
import type { DriftedResource, DriftSnapshot } from './drift-snapshot.ts';
import type { ApplySnapshot, NotificationBody, NotificationEvent, RunSnapshot } from './notification.ts';
import { NOTIFICATION_EVENTS } from './notification.ts';

const STACK = 'sample/network';
const DAY_MS = 86_400_000;

const CHANGES: readonly PlannedChange[] = [
  { address: 'terraform_data.gateway', type: 'terraform_data', actions: ['delete'], attributes: [] },
  {
    ...{ address: 'terraform_data.route', type: 'terraform_data', actions: ['update'] },
    attributes: [{ path: 'input', before: '"10.0.0.0/16"', after: '"10.1.0.0/16"' }],
  },
];

/** One notification of each event, about a stack that is named as a sample. `at` in ms. Pure. */
export function sampleBodies(at: number, url: string): NotificationBody[] {
  return NOTIFICATION_EVENTS.map((event) => ({ ...bodyOf(event, at), url }));
}

function bodyOf(event: NotificationEvent, at: number): Omit<NotificationBody, 'url'> {
  const about = { event, at, repository: 'sample', stack: STACK, run: runOf(event, at), plan: null };
  if (event === 'instance.notice') {
    const notice = { title: 'this is a sample', sentences: ['Somebody called `holdfast notify test`.'] };
    return { ...about, repository: null, stack: null, run: null, notice };
  }
  if (event === 'drift.report') return { ...about, repository: null, stack: null, run: null, report: reportOf(at) };
  if (event.startsWith('drift.')) return { ...about, drift: driftOf(event, at) };
  if (event.startsWith('apply.') || event === 'stack.blocked') return { ...about, apply: applyOf(event) };
  if (event !== 'plan.ready') return about;
  const plan = { changes: CHANGES, types: [], total: CHANGES.length };
  return { ...about, plan, approval: { approvers: ['nobody'], more_approvers: 0, expires_at: at + DAY_MS } };
}

function runOf(event: NotificationEvent, at: number): RunSnapshot {
  const error = { summary: 'Unsupported argument', detail: 'This is a sample.', file: 'main.tf', line: 12 };
  return {
    id: 'sample',
    commit: '0'.repeat(40),
    kind: event.startsWith('drift.') ? 'drift' : 'plan',
    trigger: event.startsWith('drift.') ? 'drift' : 'push',
    status: 'planned',
    author: 'Holdfast',
    message: 'This is a sample',
    created_at: at - 45_000,
    started_at: at - 38_000,
    duration_ms: 38_000,
    summary: event === 'plan.recovered' ? EMPTY_SUMMARY : { ...EMPTY_SUMMARY, change: 1, destroy: 1 },
    reason: null,
    error: event.endsWith('.failed') ? error : null,
    new_state: false,
    recovered: event === 'plan.recovered',
  };
}

const ENDS: ReadonlyMap<NotificationEvent, string> = new Map([
  ['apply.succeeded', 'applied'],
  ['apply.failed', 'partial_saved'],
  ['stack.blocked', 'orphans'],
]);

function applyOf(event: NotificationEvent): ApplySnapshot {
  const isBlocked = event === 'stack.blocked';
  const orphans = [{ address: 'terraform_data.gateway', import: null }];
  return {
    end: ENDS.get(event) ?? null,
    done: event === 'apply.failed' ? 1 : null,
    planned: event === 'apply.failed' ? 2 : null,
    next_step: event === 'apply.failed' ? 'this is a sample: nothing is to be done' : null,
    blocks: isBlocked,
    adoptions: 0,
    approved_by: 'nobody',
    orphans: isBlocked ? orphans : [],
    orphan_count: isBlocked ? 1 : 0,
  };
}

function driftOf(event: NotificationEvent, at: number): DriftSnapshot {
  const attributes = [{ path: 'input', before: '"10.0.0.0/16"', after: '"10.9.0.0/16"' }];
  const resource: DriftedResource = {
    ...{ address: 'terraform_data.route', type: 'terraform_data', action: 'update', attributes },
    ...{ more_attributes: 0, first_seen: at - DAY_MS },
    state: event === 'drift.found' ? 'new' : event === 'drift.cleared' ? 'cleared' : 'changed',
  };
  const isOpen = event !== 'drift.cleared';
  return {
    resources: event === 'drift.error' ? [] : [resource],
    more: 0,
    open: isOpen ? 1 : 0,
    cleared: isOpen ? 0 : 1,
    first_seen: isOpen ? at - DAY_MS : null,
    error: event === 'drift.error' ? 'this is a sample: no credentials' : null,
    checked_at: at,
  };
}

function reportOf(at: number): NonNullable<NotificationBody['report']> {
  const finding = { stack: STACK, address: 'terraform_data.route', first_seen: at - DAY_MS };
  return {
    totals: { stacks: 3, in_sync: 2, drifted: 1, error: 0, unknown: 0, never_applied: 0 },
    due_at: at,
    late: false,
    coverage: { in_time: 3, of: 3, oldest: { stack: STACK, at: at - 3_600_000 } },
    since: at - DAY_MS,
    new: [finding],
    longest: [finding],
    errors: [],
    expired_rules: [],
    acknowledged: 0,
    next_at: at + DAY_MS,
  };
}
