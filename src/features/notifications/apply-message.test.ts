import { expect, test } from 'vitest';
import { applying } from '../../../test/support/notification-bodies.ts';
import type { NotificationBody } from './notification.ts';
import { renderSlack } from './render-slack.ts';
import { renderSlackGroup } from './render-slack-group.ts';
import { renderText } from './render-text.ts';

const GOLDEN = '../../../test/fixtures/notifications';
const error = {
  summary: 'creating EC2 EIP: AddressLimitExceeded',
  detail: 'The maximum number of addresses has been reached.',
  file: 'network/prod/nat.tf',
  line: 7,
  address: 'aws_eip.a',
};
const block = (to: string, id: string) => `import {\n  to = ${to}\n  id = "${id}"\n}`;
const orphans = [
  { address: 'aws_nat_gateway.a', import: block('aws_nat_gateway.a', 'nat-1') },
  { address: 'random_pet.x', import: null },
];

const events: [string, NotificationBody][] = [
  ['apply-started', applying('apply.started', {}, { status: 'applying', duration_ms: null })],
  ['apply-succeeded', applying('apply.succeeded', { end: 'applied', adoptions: 1 }, { status: 'applied' })],
  [
    'apply-lock-stuck',
    applying('apply.succeeded', { end: 'applied_lock_stuck', next_step: 'holdfast unlock prod/network' }),
  ],
  [
    'apply-failed',
    applying(
      'apply.failed',
      { end: 'partial_saved', done: 3, planned: 6, next_step: 'a retry is safe: holdfast retry 01kafz3v5x8qk2' },
      { error },
    ),
  ],
  [
    'apply-canceled',
    applying('apply.failed', { end: 'canceled', done: 1, planned: 6, next_step: 'plan again' }, { error: null }),
  ],
  [
    'apply-interrupted',
    applying('apply.interrupted', {}, { status: 'interrupted', reason: 'worker w1 has been silent for a whole lease' }),
  ],
  [
    'stack-blocked',
    applying('stack.blocked', { end: 'orphans', orphans, orphan_count: 2, next_step: 'import these, then unblock' }),
  ],
];

test.each(events)('%s looks as agreed', async (name, body) => {
  const pretty = `${JSON.stringify(renderSlack(body), null, 2)}\n`;
  await expect(pretty).toMatchFileSnapshot(`${GOLDEN}/slack-${name}.json`);
  await expect(`${renderText(body)}\n`).toMatchFileSnapshot(`${GOLDEN}/text-${name}.txt`);
});

test('applies of several stacks that could not be told one by one are a list', async () => {
  const of = (stack: string): NotificationBody => ({
    ...applying('apply.failed', { end: 'partial_saved', done: 3, planned: 6 }, { error }),
    stack,
  });
  const pretty = `${JSON.stringify(renderSlackGroup([of('app'), of('dns')]), null, 2)}\n`;
  await expect(pretty).toMatchFileSnapshot(`${GOLDEN}/slack-group-apply-failed.json`);
});

test('what is not known is not said', () => {
  const text = renderText(applying('apply.failed', { end: 'partial_saved' }, { error }));
  expect(text).toMatch(/^🔴 apply failed prod\/network: creating EC2 EIP/);
  expect(text).not.toContain('null');
});

test('nothing was changed is said in the headline', () => {
  const text = renderText(applying('apply.failed', { end: 'failed_before_change', done: 0, planned: 6 }, { error }));
  expect(text).toMatch(/^🔴 apply failed prod\/network: nothing was changed\n/);
});
