import { expect, test } from 'vitest';
import { isEnded, isMoving, isOpen, OPEN, RUN_TRANSITIONS, type RunStatus } from './run-status.ts';
import { canMove, sourcesOf } from './transitions.ts';

const all = Object.keys(RUN_TRANSITIONS) as RunStatus[];

test('every status is an end or can reach one', () => {
  for (const status of all) {
    const seen = new Set<RunStatus>([status]);
    for (const at of seen) for (const next of RUN_TRANSITIONS[at]) seen.add(next);
    expect([...seen].some(isEnded), status).toBe(true);
  }
});

test('an ended run never moves again, and is neither open nor moving', () => {
  for (const status of all.filter(isEnded)) {
    expect(RUN_TRANSITIONS[status]).toEqual([]);
    expect(isOpen(status) || isMoving(status), status).toBe(false);
  }
});

test('every status that is no end is open, but for the one that a policy refused', () => {
  expect(all.filter((status) => !isEnded(status)).sort()).toEqual([...OPEN, 'policy_denied'].sort());
});

test('an apply is only ever reached from an approval, and only applying and interrupted end as applied', () => {
  expect(sourcesOf(RUN_TRANSITIONS, 'applying')).toEqual(['approved']);
  expect(sourcesOf(RUN_TRANSITIONS, 'applied')).toEqual(['applying', 'interrupted']);
  expect(canMove(RUN_TRANSITIONS, 'awaiting_approval', 'applying')).toBe(false);
});

test('nothing cancels or supersedes what may be changing the world', () => {
  for (const to of ['canceled', 'superseded', 'discarded', 'stale'] as const) {
    expect(canMove(RUN_TRANSITIONS, 'applying', to), to).toBe(false);
    expect(canMove(RUN_TRANSITIONS, 'interrupted', to), to).toBe(false);
  }
});
