import { expect, test } from 'vitest';
import { EMPTY_SUMMARY } from '../../kernel/plan-outcome.ts';
import { type AutoApplyFacts, mayAutoApply } from './auto-apply.ts';

const run = { kind: 'plan', speculative: 0, new_state: 0, provisional: null, cancel_at: null } as const;
const summary = { ...EMPTY_SUMMARY, add: 2, change: 1, import: 1, move: 1, outputs: 1 };
const facts: AutoApplyFacts = {
  isWanted: true,
  isAllowed: true,
  previousFailed: false,
  blocked: null,
  freeze: null,
  window: { isOpen: true },
};
const decide = (more: object = {}, counts: object = {}, known: object = {}) =>
  mayAutoApply({ ...run, ...more }, { ...summary, ...counts }, { ...facts, ...known });

test('a plan that only adds, changes, imports and moves needs no person where both files say so', () => {
  expect(decide()).toEqual({ yes: true });
});

test('a stack that does not ask for it is not told why it waits', () => {
  expect(decide({}, { destroy: 1 }, { isWanted: false })).toEqual({ yes: false, reason: null });
});

test.each([
  ['the server’s file', {}, {}, { isAllowed: false }, /server’s file/],
  ['a destroy run', { kind: 'destroy' }, {}, {}, /destroy run/],
  ['a refresh', { kind: 'refresh' }, {}, {}, /refresh run/],
  ['a speculative plan', { speculative: 1 }, {}, {}, /plan run/],
  ['a deletion', {}, { destroy: 1 }, {}, /destroys 1 resource$/],
  ['a replacement', {}, { replace: 2 }, {}, /replaces 2 resources/],
  ['something forgotten', {}, { forget: 1 }, {}, /forgets/],
  ['outputs that may still change', { provisional: 'planned against …' }, {}, {}, /may still change/],
  ['an empty state', { new_state: 1 }, {}, {}, /empty state/],
  ['a failure before', {}, {}, { previousFailed: true }, /run before it failed/],
  ['a block', {}, {}, { blocked: { run: null, reason: '', since: 1 } }, /blocked/],
  ['a freeze', {}, {}, { freeze: { reason: null, by: 'x', since: 1 } }, /frozen/],
  ['a closed window', {}, {}, { window: { isOpen: false, opensAt: 1 } }, /window/],
  ['a wish to cancel', { cancel_at: 5 }, {}, {}, /canceled/],
])('%s needs a person', (_name, more, counts, known, reason) => {
  const decision = decide(more, counts, known);
  expect(decision.yes).toBe(false);
  expect(decision).toHaveProperty('reason', expect.stringMatching(reason));
});
