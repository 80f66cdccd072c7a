import { expect, test } from 'vitest';
import { Recent } from './recent.ts';

test('the last ones are remembered, a value told again is young again, what is forgotten is gone', () => {
  const recent = new Recent<number>(2);
  recent.remember('a', 1);
  recent.remember('b', 2);
  recent.remember('a', 3);
  recent.remember('c', 4);
  expect(['a', 'b', 'c'].map((key) => recent.get(key))).toEqual([3, undefined, 4]);
  recent.forget('a');
  expect(recent.get('a')).toBeUndefined();
});
