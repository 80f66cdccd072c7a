import { describe, expect, test } from 'vitest';
import type { RunKind, RunStatus } from '../../kernel/run-status.ts';
import type { RunTable } from '../../platform/db/schema.ts';
import { newRun } from './new-run.ts';
import { fateOf } from './supersede.ts';

function run(status: RunStatus, set: Partial<RunTable> = {}): RunTable {
  const made = newRun({
    id: 'r1',
    stack: 'a',
    repository: 'infra',
    commit: 'c',
    base: null,
    kind: 'plan',
    trigger: 'push',
    speculative: false,
    author: null,
    message: null,
    reasons: [],
    specDigest: 's',
    inputsDigest: 'old',
    at: 1,
  });
  return { ...made, status, ...set };
}

describe('a newer head whose inputs moved', () => {
  test.each<[RunStatus, unknown]>([
    ['queued', { to: 'superseded' }],
    ['awaiting_approval', { to: 'superseded' }],
    ['policy_denied', { to: 'superseded' }],
    ['approved', { to: 'stale' }],
    ['preparing', 'keep'],
    ['planning', 'keep'],
    ['applying', 'keep'],
    ['interrupted', 'keep'],
  ])('does to a run that is %s: %j', (status, fate) => {
    expect(fateOf(run(status), 'new')).toEqual(fate);
  });

  test.each<RunKind>(['drift'])('leaves a %s check alone', (kind) => {
    expect(fateOf(run('queued', { kind }), 'new')).toBe('keep');
  });

  test('leaves a speculative plan alone', () => {
    expect(fateOf(run('queued', { speculative: 1 }), 'new')).toBe('keep');
  });

  test('ends a destroy run that waits', () => {
    expect(fateOf(run('awaiting_approval', { kind: 'destroy' }), 'new')).toEqual({ to: 'superseded' });
  });
});

describe('a head that came back to the inputs of an open run', () => {
  test.each<RunStatus>(['queued', 'preparing', 'planning', 'awaiting_approval', 'approved'])(
    'joins it when %s',
    (s) => {
      expect(fateOf(run(s), 'old')).toBe('joins');
    },
  );

  test('does not join a plan that somebody wants cancelled, nor an apply under way', () => {
    expect(fateOf(run('planning', { cancel_at: 5 }), 'old')).toBe('keep');
    expect(fateOf(run('applying'), 'old')).toBe('keep');
  });
});
