import { expect, test } from 'vitest';
import { EMPTY_SUMMARY } from '../../kernel/plan-outcome.ts';
import type { RunTable } from '../../platform/db/schema.ts';
import { decideOutcome, type PlanEnd } from './decide-outcome.ts';

const base = { kind: 'plan', speculative: 0, inputs_digest: 'd', cancel_at: null, cancel_by: null } as RunTable;
const changed: PlanEnd = {
  result: 'planned',
  exitCode: 2,
  summary: { ...EMPTY_SUMMARY, add: 1 },
  planDigest: 'x'.repeat(64),
};
const clean: PlanEnd = { ...changed, exitCode: 0, summary: EMPTY_SUMMARY, planDigest: null };
const failed: PlanEnd = { result: 'failed', exitCode: 1, summary: null, planDigest: null };

test.each<[string, Partial<RunTable>, PlanEnd, string | null, string]>([
  ['a plan with changes waits for approval', {}, changed, 'd', 'awaiting_approval'],
  ['a plan without changes is unchanged', {}, clean, 'd', 'unchanged'],
  [
    'exit code 2 is a change although every count is 0',
    {},
    { ...changed, summary: EMPTY_SUMMARY },
    'd',
    'awaiting_approval',
  ],
  ['a drift check with differences rests as planned', { kind: 'drift' }, changed, 'd', 'planned'],
  ['a speculative plan rests as planned', { speculative: 1 }, changed, 'other', 'planned'],
  ['a plan of inputs that moved is superseded', {}, changed, 'newer', 'superseded'],
  ['a failed plan of inputs that moved is superseded, too', {}, failed, 'newer', 'superseded'],
  ['a plan of a stack that is gone is superseded', {}, changed, null, 'superseded'],
  ['a destroy plan does not mind the head', { kind: 'destroy' }, changed, null, 'awaiting_approval'],
  ['a failed plan failed', {}, failed, 'd', 'failed'],
  ['a plan without a summary failed', {}, { ...changed, summary: null }, 'd', 'failed'],
  ['a plan whose file never came failed', {}, { ...changed, planDigest: null }, 'd', 'failed'],
  ['a plan that provably never started is queued again', {}, { ...failed, result: 'never_started' }, 'd', 'queued'],
  ['a cancelled plan is canceled', {}, { ...failed, result: 'canceled' }, 'd', 'canceled'],
  [
    'a wish to cancel that came too late still counts',
    { cancel_at: 1, cancel_by: 'token:x' },
    changed,
    'd',
    'canceled',
  ],
])('%s', (_name, set, end, head, to) => {
  expect(decideOutcome({ ...base, ...set }, end, head).to).toBe(to);
});

test('only a plan that could be approved takes the place of the one that waits', () => {
  expect(decideOutcome(base, changed, 'd').supersedesWaiting).toBe(true);
  expect(decideOutcome(base, clean, 'd').supersedesWaiting).toBe(true);
  expect(decideOutcome(base, failed, 'd').supersedesWaiting).toBe(false);
  expect(decideOutcome({ ...base, speculative: 1 }, changed, 'd').supersedesWaiting).toBe(false);
  expect(decideOutcome({ ...base, kind: 'drift' }, clean, 'd').supersedesWaiting).toBe(false);
  expect(decideOutcome({ ...base, kind: 'refresh' }, clean, 'd').supersedesWaiting).toBe(false);
  expect(decideOutcome({ ...base, kind: 'refresh' }, changed, 'd').supersedesWaiting).toBe(true);
});
