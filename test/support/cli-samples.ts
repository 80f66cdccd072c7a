import type { Run, RunListItem, Stack } from '../../src/api/contract.ts';

const item: RunListItem = {
  id: '01k9zq4t7c8e2m5r',
  stack: 'network/prod',
  repository: 'infra',
  commit: '0123456789abcdef0123456789abcdef01234567',
  kind: 'plan',
  trigger: 'push',
  attempt: 1,
  status: 'awaiting_approval',
  speculative: false,
  author: 'Ada <ada@example.com>',
  message: 'Widen the subnet',
  created_at: '2026-11-20T10:00:00.000Z',
  started_at: '2026-11-20T10:00:01.000Z',
  finished_at: null,
  duration_ms: 2400,
  summary: { add: 1, change: 1, destroy: 1, replace: 1, import: 0, move: 0, forget: 0, outputs: 1 },
  reasons: [{ kind: 'module', path: 'modules/vpc/main.tf', via: ['modules/vpc'] }],
  reason: null,
  error: null,
  plan_digest: 'a'.repeat(64),
  inputs_digest: 'b'.repeat(64),
  approved_by: null,
  approved_at: null,
  cancel_requested: null,
  worker: null,
  log_url: '/api/v1/runs/01k9zq4t7c8e2m5r/log',
  new_state: false,
  provisional: false,
  waiting_for: [{ kind: 'approval', name: null, since: '2026-11-20T10:00:03.000Z' }],
  expires_at: '2026-11-21T10:00:03.000Z',
  end: null,
  next_step: null,
  orphans: [],
};

/** A run as lists show it. */
export function sampleListItem(overrides: Partial<RunListItem> = {}): RunListItem {
  return { ...item, ...overrides };
}

/** A run that waits for approval, with one change of each kind. */
export function sampleRun(overrides: Partial<Run> = {}): Run {
  return {
    ...item,
    changes: [
      {
        address: 'aws_subnet.a',
        type: 'aws_subnet',
        actions: ['update'],
        attributes: [
          { path: 'cidr_block', before: '"10.0.0.0/24"', after: '"10.0.0.0/20"' },
          { path: 'token', before: '(sensitive)', after: '(sensitive)' },
        ],
      },
      {
        address: 'aws_instance.web',
        type: 'aws_instance',
        actions: ['replace'],
        attributes: [{ path: 'id', before: '"i-1"', after: '(known after apply)' }],
        reason: 'replace_because_cannot_update',
      },
      {
        address: 'aws_s3_bucket.logs',
        type: 'aws_s3_bucket',
        actions: ['create'],
        attributes: [{ path: 'bucket', before: null, after: '"logs"' }],
      },
      { address: 'aws_iam_user.old', type: 'aws_iam_user', actions: ['delete'], attributes: [] },
      {
        address: 'aws_vpc.main',
        type: 'aws_vpc',
        actions: ['move'],
        attributes: [],
        previous_address: 'aws_vpc.this',
      },
    ],
    drift: [],
    outputs: [{ path: 'vpc_id', before: '"vpc-1"', after: '(known after apply)' }],
    left_out: 0,
    ...overrides,
  };
}

/** A stack whose plan waits for approval. */
export function sampleStack(overrides: Partial<Stack> = {}): Stack {
  return {
    name: 'network/prod',
    repository: 'infra',
    dir: 'network/prod',
    engine: 'terraform',
    workspace: 'default',
    status: 'waiting',
    reason: null,
    head_commit: '0123456789abcdef0123456789abcdef01234567',
    applied_commit: null,
    drift: { status: 'never_applied', checked_at: null, findings: 0 },
    depends_on: [],
    open_run: '01k9zq4t7c8e2m5r',
    blocked: null,
    held: null,
    deleted_at: null,
    app: null,
    ...overrides,
  };
}
