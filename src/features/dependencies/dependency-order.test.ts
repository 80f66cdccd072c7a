import { describe, expect, test } from 'vitest';
import type { Dependency } from './dependency.ts';
import { dependencyFaults } from './dependency-faults.ts';
import { orderOf } from './dependency-order.ts';

const edge = (text: string): Dependency => {
  const [stack = '', needs = ''] = text.split('>');
  return { stack, needs, via: 'depends_on', outputs: [], evidence: `holdfast.yaml:${stack.charCodeAt(0) - 96}` };
};
const edges = (text: string) => text.split(' ').filter(Boolean).map(edge);

describe('the order of stacks', () => {
  test.each([
    ['c>b b>a', 'c', ['b', 'a'], []],
    ['c>b b>a', 'a', [], ['b', 'c']],
    ['d>b d>c b>a c>a', 'd', ['b', 'c', 'a'], []],
    ['', 'a', [], []],
    ['a>b b>a', 'a', [], []],
    ['a>b b>a c>a', 'c', ['a', 'b'], []],
    ['a>a', 'a', [], []],
  ])('%s seen from %s', (text, stack, before, after) => {
    const order = orderOf(edges(text));
    expect([order.before(stack), order.after(stack)]).toEqual([before, after]);
  });
});

describe('faults of dependencies', () => {
  const faults = (text: string, others = '') =>
    dependencyFaults({ own: edges(text), others: edges(others), isKnown: (name) => name !== 'x' });

  test('a circle is named by its way, with every place, at each stack in it and at no other', () => {
    const found = faults('a>b b>c c>a d>a');
    expect(found.map(({ stack, line }) => [stack, line])).toEqual([
      ['a', 1],
      ['b', 2],
      ['c', 3],
    ]);
    expect(found[0]?.message).toBe(
      'stack "a": dependencies form a circle: a -> b -> c -> a (holdfast.yaml:1, holdfast.yaml:2, holdfast.yaml:3); take one of them out',
    );
  });

  test('a circle through another repository is one as well', () => {
    expect(faults('a>b', 'b>a').map(({ stack }) => stack)).toEqual(['a']);
  });

  test('a stack that needs nobody, itself, or a stack that is not there', () => {
    expect(faults('a>b b>c')).toEqual([]);
    expect(faults('a>a')[0]?.message).toContain('a -> a');
    expect(faults('a>x')).toEqual([
      {
        stack: 'a',
        message: 'stack "a": `depends_on` names "x", and there is no such stack; correct the name, or take it out',
        file: 'holdfast.yaml',
        line: 1,
        needs: 'x',
      },
    ]);
  });
});
