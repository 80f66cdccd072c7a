import { expect, test } from 'vitest';
import { editDistance, nearest } from './nearest.ts';

test.each([
  ['', '', 0],
  ['abc', 'abc', 0],
  ['abc', 'acb', 1],
  ['abc', 'ab', 1],
  ['kitten', 'sitting', 3],
])('between %o and %o lie %i edits', (a, b, distance) => {
  expect(editDistance(a, b)).toBe(distance);
  expect(editDistance(b, a)).toBe(distance);
});

test.each([
  ['poll_intervall', 'poll_interval'],
  ['pollInterval', 'poll_interval'],
  ['poll-interval', 'poll_interval'],
  ['brnach', 'branch'],
  ['colour', null],
  ['x', null],
  ['y'.repeat(100), null],
])('%o probably means %o', (text, meant) => {
  expect(nearest(text, ['poll_interval', 'branch', 'url'])).toBe(meant);
});
