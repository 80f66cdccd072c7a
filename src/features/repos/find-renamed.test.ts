import { expect, test } from 'vitest';
import { findRenamed } from './find-renamed.ts';

const place = (name: string, url = 'https://git/infra', branch = 'main') => ({ name, url, branch });

test.each([
  ['nothing changed', [place('a')], [place('a')], []],
  ['another name', [place('a')], [place('b')], [{ from: 'a', to: 'b' }]],
  ['another branch', [place('a')], [place('b', 'https://git/infra', 'next')], []],
  ['another URL', [place('a')], [place('b', 'https://git/other')], []],
  ['a second name', [place('a')], [place('a'), place('b')], []],
  ['two new names', [place('a')], [place('b'), place('c')], []],
  ['two old ones', [place('a'), place('b')], [place('c')], []],
  ['a name that was known before', [place('a'), place('b', 'https://git/other')], [place('b')], []],
])('%s', (_, known, configured, expected) => {
  expect(findRenamed(known, configured)).toEqual(expected);
});
