import { expect, test } from 'vitest';
import { ready, TYPICAL } from '../../../test/support/notification-bodies.ts';
import type { NotificationRow } from './notification-store.ts';
import { type Pending, planDeliveries } from './plan-deliveries.ts';

let sequence = 0;
function row(stack: string, rest: Partial<NotificationRow> = {}, commit = 'c1'): Pending {
  sequence++;
  const body = ready(TYPICAL, { commit }, stack);
  const times = { created_at: 0, next_attempt_at: 0, attempts: 0 };
  const names = { id: `n${sequence}`, channel: 'ops', event: 'plan.ready', repository: 'infra', run: 'r', stack };
  const state = { status: 'pending', last_error: null, delivered_at: null, body: '' } as const;
  return { body, row: { ...names, ...times, ...state, sequence, ...rest } };
}
const stacksOf = (pending: Pending[], now: number, isGrouping = false) =>
  planDeliveries(pending, now, isGrouping).due.map((batch) => batch.map(({ row: { stack } }) => stack));

test('of each stack only the oldest goes, and a stack that waits holds up no other', () => {
  const pending = [row('a', { attempts: 2, next_attempt_at: 500 }), row('b'), row('a'), row('b')];
  const plan = planDeliveries(pending, 100, false);
  expect(plan.due).toEqual([[pending[1]]]);
  expect(plan.nextAt).toBe(500);
});

test('what was tried least goes first, so that one poisonous message starves nobody', () => {
  expect(stacksOf([row('a', { attempts: 5 }), row('b'), row('c')], 100)).toEqual([['b'], ['c'], ['a']]);
});

test('stacks of one push go together once no other plan of it is to come', () => {
  const pending = [row('a', { next_attempt_at: 2000 }), row('b', { created_at: 300, next_attempt_at: 300 })];
  expect(stacksOf(pending, 300, true)).toEqual([['a', 'b']]);
});

test('while others are to come it settles two seconds after the last, ten seconds after the first', () => {
  const first = row('a', { next_attempt_at: 2000 });
  expect(stacksOf([first], 1999, true)).toEqual([]);
  expect(stacksOf([first], 2000, true)).toEqual([['a']]);
  const second = row('b', { created_at: 1500, next_attempt_at: 3500 });
  expect(stacksOf([first, second], 3499, true)).toEqual([]);
  expect(stacksOf([first, second], 3500, true)).toEqual([['a', 'b']]);
  const late = row('c', { created_at: 9900, next_attempt_at: 11_900 });
  expect(stacksOf([first, second, late], 10_000, true)).toEqual([['a', 'b', 'c']]);
});

test('another push, another event, or a channel that does not group is another message', () => {
  const pending = [row('a'), row('b', {}, 'c2'), row('c', { event: 'plan.failed' })];
  expect(stacksOf(pending, 0, true)).toEqual([['a'], ['b'], ['c']]);
  expect(stacksOf([row('a'), row('b')], 0, false)).toEqual([['a'], ['b']]);
});

test('a group that was tried waits for its pause, even where a new member comes', () => {
  const tried = row('a', { attempts: 1, next_attempt_at: 5000 });
  expect(stacksOf([tried, row('b', { created_at: 100, next_attempt_at: 100 })], 200, true)).toEqual([]);
});

test('nothing waits: nothing to look for', () => {
  expect(planDeliveries([], 0, true)).toEqual({ due: [], nextAt: null });
});
