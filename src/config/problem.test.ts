import { expect, test } from 'vitest';
import { hasErrors, type Problem, renderProblem, sortProblems } from './problem.ts';

const problem: Problem = {
  severity: 'error',
  file: 'holdfast.yaml',
  line: 14,
  column: 12,
  subject: 'stack "net/prod"',
  key: 'drift.every',
  value: '"10s"',
  message: 'must be at least 1m',
  wayOut: null,
};

test('a problem is one line that names the thing, the value and the place', () => {
  expect(renderProblem(problem)).toBe(
    'stack "net/prod": `drift.every` must be at least 1m, got "10s" (holdfast.yaml:14:12)',
  );
});

test('severity stands first, the way out last, and what is not known is left out', () => {
  const bare = {
    ...problem,
    severity: 'warning',
    subject: null,
    key: null,
    value: null,
    line: null,
    column: null,
  } as const;
  expect(renderProblem({ ...bare, wayOut: 'do that' })).toBe('warning: must be at least 1m (holdfast.yaml): do that');
  expect(renderProblem({ ...bare, file: null })).toBe('warning: must be at least 1m');
});

test('problems come in the order of their places, those of a whole file last', () => {
  const at = (line: number | null, column: number | null) => ({ ...problem, line, column });
  const sorted = sortProblems([at(null, null), at(2, 9), at(2, 1), at(1, 5)]);
  expect(sorted.map(({ line, column }) => [line, column])).toEqual([
    [1, 5],
    [2, 1],
    [2, 9],
    [null, null],
  ]);
});

test('only errors forbid going on', () => {
  expect(
    hasErrors([
      { ...problem, severity: 'warning' },
      { ...problem, severity: 'notice' },
    ]),
  ).toBe(false);
  expect(hasErrors([problem])).toBe(true);
});
