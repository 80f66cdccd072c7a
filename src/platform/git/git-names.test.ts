import { execFileSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { assertObjectId, branchRef, isBranchName, isRevision, treePath } from './git-names.ts';

const NAMES = [
  ...[
    'main',
    'feature/x',
    '-rf',
    '--upload-pack=x',
    'ü/ñ',
    'a.b',
    'a;b',
    "a'b",
    '$(x)',
    'a@b',
    'HEAD',
    'x{y',
    'a,b',
    'refs/heads/x',
  ],
  ...[
    '',
    '@',
    '.a',
    'a/.b',
    'a.lock',
    'a.lock/b',
    'a..b',
    'a/',
    '/a',
    'a//b',
    'a b',
    'a~b',
    'a^b',
    'a:b',
    'a?b',
    'a*b',
    'a[b',
  ],
  ...['a\\b', 'a@{b', 'a.', 'a\x01', 'a\x7f', 'a\nb'],
];

test.each(NAMES)('%j is a branch name for us exactly when it is one for git', (name) => {
  let isLegal = true;
  try {
    execFileSync('git', ['check-ref-format', `refs/heads/${name}`], { stdio: 'ignore' });
  } catch {
    isLegal = false;
  }
  // git takes `refs/heads/@`; as a branch name `@` means HEAD.
  expect(isBranchName(name)).toBe(isLegal && name !== '@');
});

test('a branch name that is none is refused with the way out', () => {
  expect(branchRef('main')).toBe('refs/heads/main');
  expect(() => branchRef('a b')).toThrow('"a b" is not a branch name');
});

test('only full ids are ids', () => {
  expect(assertObjectId('a'.repeat(40))).toBe('a'.repeat(40));
  expect(assertObjectId('a'.repeat(64))).toBe('a'.repeat(64));
  for (const text of [
    '',
    'HEAD',
    'a'.repeat(39),
    'a'.repeat(41),
    'A'.repeat(40),
    `${'a'.repeat(40)}\n`,
    `--${'a'.repeat(38)}`,
  ]) {
    expect(() => assertObjectId(text)).toThrow('is not a full commit id');
  }
});

test('a revision is one line', () => {
  expect(isRevision('main~3')).toBe(true);
  for (const text of ['', 'a\nb', 'a\0b', 'x'.repeat(1001)]) expect(isRevision(text)).toBe(false);
});

test('a path of a tree stays inside the repository', () => {
  expect([treePath('.'), treePath(''), treePath('a/b/'), treePath('-rf')]).toEqual(['', '', 'a/b', '-rf']);
  for (const path of ['/etc', '../x', 'a/../b', 'a/./b', 'a//b', 'a\0b'])
    expect(() => treePath(path)).toThrow('not a path inside');
});
