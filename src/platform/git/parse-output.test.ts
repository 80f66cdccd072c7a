import { expect, test } from 'vitest';
import { parseCommit, parseDiff, parseTree } from './parse-output.ts';

const SHA = 'b'.repeat(40);

test('a listing keeps odd paths', () => {
  const text = `100644 blob ${SHA}\ta b\tc\n.tf\x00120000 blob ${SHA}\tlink\x00`;
  expect(parseTree(text)).toEqual([
    { mode: '100644', sha: SHA, path: 'a b\tc\n.tf' },
    { mode: '120000', sha: SHA, path: 'link' },
  ]);
  expect(parseTree('')).toEqual([]);
  expect(() => parseTree('nonsense')).toThrow(/unexpected/);
});

test('differences with renames, copies and changes of type', () => {
  expect(parseDiff('A\0a\0R087\0old\0new\0T\0t\0C100\0from\0to\0D\0d\0')).toEqual([
    { status: 'added', path: 'a', previousPath: null },
    { status: 'renamed', path: 'new', previousPath: 'old' },
    { status: 'type_changed', path: 't', previousPath: null },
    { status: 'added', path: 'to', previousPath: null },
    { status: 'deleted', path: 'd', previousPath: null },
  ]);
  expect(() => parseDiff('X\0a\0')).toThrow(/unexpected/);
});

test('a commit is read in its own encoding, without control characters', () => {
  const head = `tree ${SHA}\nparent ${SHA}\nparent ${SHA}\nauthor Jos\xe9 <j@x> 1700000000 +0100\ncommitter C <c@x> 1 +0000\n`;
  const raw = Buffer.from(`${head}encoding ISO-8859-1\n\n\n\nFix \x1b[31m\xe9\nbody`, 'latin1');
  expect(parseCommit(SHA, raw)).toEqual({
    commit: SHA,
    author: 'José <j@x>',
    subject: 'Fix  [31mé',
    authoredAt: 1_700_000_000_000,
    parents: [SHA, SHA],
  });
  expect(parseCommit(SHA, Buffer.from('broken')).subject).toBe('');
});
