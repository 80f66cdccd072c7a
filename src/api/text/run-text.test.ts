import { expect, test } from 'vitest';
import { sampleRun } from '../../../test/support/cli-samples.ts';
import type { Paint } from './paint.ts';
import { renderRunText } from './run-text.ts';

const now = Date.parse('2026-11-20T10:03:00.000Z');

test('a run that waits for approval shows its plan line by line, why it exists, and what one can do', () => {
  expect(renderRunText(sampleRun(), { now })).toBe(`network/prod  awaiting approval

  run         01k9zq4t7c8e2m5r
  kind        plan, by push
  repository  infra
  commit      0123456789ab  Widen the subnet  (Ada <ada@example.com>)
  created     3 min ago
  took        2 s
  plan        ${'a'.repeat(64)}
  because     modules/vpc/main.tf (module) through modules/vpc
  valid until 2026-11-21T10:00:03.000Z
  waits for   approval, since 2 min ago

  ~ aws_subnet.a  update
      cidr_block: "10.0.0.0/24" -> "10.0.0.0/20"
      token: (sensitive) -> (sensitive)
-/+ aws_instance.web  replace: cannot update
      id: "i-1" -> (known after apply)
  + aws_s3_bucket.logs  create
      bucket = "logs"
  - aws_iam_user.old  destroy
  > aws_vpc.main  moved from aws_vpc.this
Outputs
      vpc_id: "vpc-1" -> (known after apply)

Plan: 1 to add, 1 to change, 1 to replace, 1 to destroy, 1 output to change

Next: holdfast approve 01k9zq4t7c8e2m5r
Not wanted? holdfast discard 01k9zq4t7c8e2m5r
`);
});

test('a run that failed shows every diagnostic with file and line', () => {
  const detail = 'An argument named "foo"\nis not expected here.';
  const first = { severity: 'error', summary: 'Unsupported argument', detail, file: 'a/main.tf', line: 12 } as const;
  const text = renderRunText(
    sampleRun({
      status: 'failed',
      summary: null,
      changes: [],
      outputs: [],
      waiting_for: [],
      error: {
        ...first,
        diagnostics: [
          { ...first, address: 'aws_x.y' },
          { severity: 'warning', summary: 'Deprecated', detail: '', file: null, line: null, address: null },
        ],
      },
    }),
    { now },
  );
  expect(text).toContain(`Error: Unsupported argument  a/main.tf:12
    with aws_x.y
    An argument named "foo"
    is not expected here.
Warning: Deprecated

Its log: holdfast logs`);
});

test('a plan that creates a state, has left-out changes and drift says so', () => {
  const drift = [{ address: 'x.y', type: 'x', actions: ['update'], attributes: [] }];
  const text = renderRunText(sampleRun({ new_state: true, left_out: 7, drift }), { now });
  expect(text).toContain('this stack has no state yet, so everything in it will be created');
  expect(text).toContain('… and 7 more that are counted and not listed');
  expect(text).toContain('Changed outside of Holdfast\n  ~ x.y  update');
});

test('an apply that ended badly shows how, what is in no state with its import block, and the next step', () => {
  const block = 'import {\n  to = aws_eip.a\n  id = "eip-1"\n}';
  const text = renderRunText(
    sampleRun({
      status: 'failed',
      end: 'orphans',
      approved_by: 'token:ana',
      approved_at: '2026-11-20T10:01:00.000Z',
      waiting_for: [],
      next_step: 'import these, then: holdfast unblock network/prod --reason …',
      orphans: [
        { address: 'aws_eip.a', type: 'aws_eip', id_key: 'id', id: 'eip-1', import: block },
        { address: 'random_pet.x', type: 'random_pet', id_key: null, id: null, import: null },
      ],
    }),
    { now },
  );
  expect(text).toContain('  approved by token:ana, 2 min ago\n');
  expect(text).toContain('  ended       orphans\n');
  expect(text).toContain(`Made, but in no state:
    aws_eip.a (id eip-1)
    random_pet.x

Ready to go into a .tf file of the stack:
    import {
      to = aws_eip.a
      id = "eip-1"
    }

Next: import these, then: holdfast unblock`);
});

test('an apply that somebody wants stopped says by whom', () => {
  const wish = { by: 'token:ana', at: '2026-11-20T10:01:00.000Z' };
  const text = renderRunText(sampleRun({ status: 'applying', cancel_requested: wish }), { now });
  expect(text).toContain('  canceled by token:ana 2 min ago: on its way\n');
});

test('no field of a run can command the terminal', () => {
  const evil = '\u001b]0;x\u0007\u202e\r';
  const poison = (value: unknown): unknown => {
    if (typeof value === 'string') return `${value}${evil}`;
    if (Array.isArray(value)) return value.map(poison);
    if (value === null || typeof value !== 'object') return value;
    return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, poison(member)]));
  };
  const run = sampleRun({ reason: 'x', next_step: 'y', worker: 'w', approved_by: 'z' });
  const { status, kind, trigger, end, ...foreign } = run;
  const poisoned = { ...(poison(foreign) as typeof run), status, kind, trigger, end };
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must not be there
  expect(renderRunText(poisoned)).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f\u202e]/);
});

test('colours stand around clean text and change nothing else', () => {
  const mark = (text: string) => `<${text}>`;
  const paint: Paint = { strong: mark, faint: mark, good: mark, bad: mark, caution: mark, note: mark };
  const bare = renderRunText(sampleRun({ author: null }), { paint, now }).replace(/[<>]/g, '');
  expect(bare).toBe(renderRunText(sampleRun({ author: null }), { now }).replace(/[<>]/g, ''));
});
