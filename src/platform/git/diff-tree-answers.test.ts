import { expect, test } from 'vitest';
import { parseTreeDiffs } from './diff-tree-answers.ts';

const about = `${'c'.repeat(40)} ${'b'.repeat(40)}`;
const [one, two] = ['1'.repeat(40), '2'.repeat(40)];
const zero = '0'.repeat(40);

test('answers are told apart by the mark, and each names the commits that it is about', () => {
  const records = `:100644 100755 ${one} ${two} M\0a\0:000000 120000 ${zero} ${two} A\0new\nend\n\0`;
  const said = parseTreeDiffs(Buffer.from(`${about}\0\n${records}end\n${about}\0end\n${one} ${two}\nend\nend\n`));
  expect(said).toEqual([
    {
      about,
      changes: [
        { path: 'a', before: { path: 'a', mode: '100644', sha: one }, after: { path: 'a', mode: '100755', sha: two } },
        { path: 'new\nend\n', before: null, after: { path: 'new\nend\n', mode: '120000', sha: two } },
      ],
    },
    // Nothing differs, and it says so; and trees, and a commit that is not there: it says nothing.
    { about, changes: [] },
    { about: null, changes: [] },
    { about: null, changes: [] },
  ]);
});

test('an answer that is not whole yet is none, wherever it is cut', () => {
  const whole = Buffer.from(`${about}\0\n:100644 000000 ${one} ${zero} D\0ü\nend\n\0end\n`);
  for (let end = 1; end < whole.length; end++) expect(parseTreeDiffs(whole.subarray(0, end))).toBeNull();
  expect(parseTreeDiffs(whole)).toHaveLength(1);
});
