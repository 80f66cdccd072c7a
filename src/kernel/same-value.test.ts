import { expect, test } from 'vitest';
import { isSameValue } from './same-value.ts';

test.each([
  [null, '', true],
  [null, '[]', true],
  ['{}', null, true],
  ['', '{}', true],
  [null, 'x', false],
  ['x', '', false],
  ['0', null, false],
  ['false', null, false],
  ['{"a":1}', '{ "a" : 1 }', true],
  ['{"a":1,"b":2}', '{"b":2,"a":1}', true],
  ['[1,2]', '[2,1]', false],
  ['{"a":1}', '{"a":"1"}', false],
  ['{"a":null}', '{}', false],
  ['1.0', '1.00', false],
  ['{"a":1', '{"a":1 ', false],
  ['(sensitive)', '(sensitive)', true],
])('%j and %j: %s', (before, after, isSame) => {
  expect(isSameValue(before, after)).toBe(isSame);
  expect(isSameValue(after, before)).toBe(isSame);
});
