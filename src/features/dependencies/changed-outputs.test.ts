import { expect, test } from 'vitest';
import { changedOutputs, readersOf } from './changed-outputs.ts';
import type { Dependency } from './dependency.ts';

const values = (outputs: Record<string, unknown>) =>
  new Map(Object.entries(outputs).map(([name, value]) => [name, { value }]));

test.each<[string, Record<string, unknown> | null, Record<string, unknown> | null, string[]]>([
  ['nothing moved', { a: 1, b: { x: [1] } }, { b: { x: [1] }, a: 1 }, []],
  ['keys in another order', { a: { x: 1, y: 2 } }, { a: { y: 2, x: 1 } }, []],
  ['a list in another order', { a: [1, 2] }, { a: [2, 1] }, ['a']],
  ['one came, one went, one changed', { a: 1, b: 1 }, { b: 2, c: 1 }, ['b', 'c', 'a'].sort()],
  ['the first state', null, { a: 1 }, ['a']],
  ['the last', { a: 1 }, null, ['a']],
  ['a number is no text', { a: 1 }, { a: '1' }, ['a']],
  ['none at all', null, null, []],
])('%s', (_name, before, after, expected) => {
  const changed = changedOutputs(before && values(before), after && values(after));
  expect([...changed].sort()).toEqual(expected);
});

test('only who reads a changed output is asked; who only comes later is not', () => {
  const edge = (stack: string, outputs: string[] | null, needs = 'net'): Dependency => ({
    ...{ stack, needs, outputs, via: 'inputs', evidence: '' },
  });
  const all = [edge('a', ['x']), edge('b', []), edge('c', null), edge('d', ['y']), edge('e', ['x'], 'other')];
  expect([...readersOf(all, 'net', new Set(['x', 'z']))]).toEqual([
    ['a', ['x']],
    ['c', ['x', 'z']],
  ]);
  expect(readersOf(all, 'net', new Set()).size).toBe(0);
});
