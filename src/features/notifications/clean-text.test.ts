import fc from 'fast-check';
import { expect, test } from 'vitest';
import { cleanLine, cleanText, codePoints, cut, cutMiddle } from './clean-text.ts';

test.each([
  ['\u001b[31mred\u001b[0m', 'red'],
  ['\u001b]0;title\u0007x', 'x'],
  ['\u001b]8;;https://evil\u001b\\click\u001b]8;;\u001b\\', 'click'],
  ['a\u202eb\u2066c', 'abc'],
  ['a\u0000\u0008b', 'ab'],
  ['zero\u200bwidth\ufeff', 'zerowidth'],
  ['tag\u{e0041}', 'tag'],
  ['\ud800x', '\ufffdx'],
  ['a\r\nb\u2028c', 'a\nb\nc'],
])('%j becomes %j', (text, expected) => {
  expect(cleanText(text)).toBe(expected);
});

test('a line is one line', () => {
  expect(cleanLine(' a\n\n\tb ')).toBe('a b');
});

test('nothing that moves or hides is left of any text', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 200 }), (text) => {
      const clean = cleanText(text);
      expect(clean.isWellFormed()).toBe(true);
      // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
      expect(clean).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/u);
      expect(cleanText(clean)).toBe(clean);
    }),
  );
});

test('cutting counts characters and never halves one', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 100 }), fc.integer({ min: 1, max: 60 }), (text, max) => {
      for (const result of [cut(text.toWellFormed(), max), cutMiddle(text.toWellFormed(), max)]) {
        expect(codePoints(result)).toBeLessThanOrEqual(max);
        expect(result.isWellFormed()).toBe(true);
      }
    }),
  );
  expect(cutMiddle('teams/platform/network', 12)).toBe('team…network');
});
