import type {
  ApplySnapshot,
  NotificationBody,
  NotificationEvent,
  RunSnapshot,
} from '../../src/features/notifications/notification.ts';
import { excerptOf } from '../../src/features/notifications/plan-excerpt.ts';
import { EMPTY_SUMMARY, type PlannedChange, type PlanProjection } from '../../src/kernel/plan-outcome.ts';

export const AT = Date.UTC(2026, 10, 21, 9, 0, 0);

export function change(
  address: string,
  action: PlannedChange['actions'][number],
  attributes: PlannedChange['attributes'] = [],
): PlannedChange {
  const type = /([a-z_0-9]+)\.[^.]+$/u.exec(address)?.[1] ?? 'aws_thing';
  return { address, type, actions: [action], attributes };
}

export function projection(changes: readonly PlannedChange[], rest: Partial<PlanProjection> = {}): PlanProjection {
  const count = (action: string) => changes.filter(({ actions }) => actions[0] === action).length;
  return {
    summary: {
      ...EMPTY_SUMMARY,
      add: count('create'),
      change: count('update'),
      destroy: count('delete'),
      replace: count('replace'),
    },
    changes,
    drift: [],
    outputs: [],
    left_out: 0,
    ...rest,
  };
}

export function snapshot(rest: Partial<RunSnapshot> = {}): RunSnapshot {
  return {
    id: '01kafz3v5x8qk2',
    commit: '3f9c1d2e4b5a69788776655443322110ffeeddcc',
    kind: 'plan',
    trigger: 'push',
    status: 'awaiting_approval',
    author: 'Ana Silva <ana@example.com>',
    message: 'Add NAT gateways',
    created_at: AT - 45_000,
    started_at: AT - 38_000,
    duration_ms: 38_000,
    summary: null,
    reason: null,
    error: null,
    new_state: false,
    recovered: false,
    ...rest,
  };
}

/** plan.ready of a plan. */
export function ready(plan: PlanProjection, run: Partial<RunSnapshot> = {}, stack = 'prod/network'): NotificationBody {
  return {
    event: 'plan.ready',
    at: AT,
    repository: 'infra',
    stack,
    run: snapshot({ summary: plan.summary, ...run }),
    plan: excerptOf(plan),
    approval: { approvers: ['ana', 'ci'], more_approvers: 1, expires_at: AT + 86_400_000 },
    url: `https://holdfast.example.com/runs/01kafz3v5x8qk2`,
  };
}

export function failed(stack = 'prod/network'): NotificationBody {
  const error = {
    summary: 'Unsupported argument',
    detail: 'An argument named "cidr" is not expected here.\nDid you mean "cidr_block"?',
    file: 'network/prod/main.tf',
    line: 12,
  };
  const run = snapshot({ status: 'failed', error });
  return { ...ready(projection([])), event: 'plan.failed', stack, run, plan: null, approval: null };
}

/** An event of an apply of `TYPICAL`; `end` and what goes with it as `apply` says. */
export function applying(
  event: NotificationEvent,
  apply: Partial<ApplySnapshot> = {},
  run: Partial<RunSnapshot> = {},
): NotificationBody {
  return {
    ...ready(TYPICAL, { status: 'failed', duration_ms: 192_000, ...run }),
    event,
    plan: null,
    approval: null,
    apply: {
      end: null,
      done: null,
      planned: null,
      next_step: null,
      approved_by: 'token:ana',
      blocks: event === 'stack.blocked',
      adoptions: 0,
      orphans: [],
      orphan_count: 0,
      ...apply,
    },
  };
}

export const TYPICAL = projection([
  change('module.vpc.aws_nat_gateway.a', 'create', [{ path: 'subnet_id', before: null, after: '"subnet-1"' }]),
  change('module.vpc.aws_nat_gateway.b', 'delete'),
  change('aws_eip.a', 'replace', [
    { path: 'domain', before: '"standard"', after: '"vpc"' },
    { path: 'password', before: '(sensitive)', after: '(sensitive)' },
  ]),
  change('aws_security_group.web', 'update', [{ path: 'tags.Name', before: '"a & b"', after: '"<c>"' }]),
]);
