import fc from 'fast-check';
import { expect, test } from 'vitest';
import { clean, cleanBlock, cleanJson } from './clean.ts';

const ESC = '\u001b';

test.each([
  ['colours vanish', `${ESC}[1;31mred${ESC}[0m`, 'red'],
  ['a title is not set', `${ESC}]0;pwned\u0007`, '␛]0;pwned␇'],
  ['a link is no link', `${ESC}]8;;http://evil\u0007here${ESC}]8;;\u0007`, '␛]8;;http://evil␇here␛]8;;␇'],
  ['the screen is not cleared', `${ESC}[2J${ESC}[1;1H`, '␛[2J␛[1;1H'],
  ['C1 controls are controls', '\u009b2J', '<U+009B>2J'],
  ['a lone CR writes over nothing', 'good\rbad', 'good␍bad'],
  ['bidirectional overrides are seen', 'a\u202eb\u2066c\u200fd', 'a<U+202E>b<U+2066>c<U+200F>d'],
  ['invisible characters are seen', 'a\u200bb\ufeffc\u00add', 'a<U+200B>b<U+FEFF>c<U+00AD>d'],
  ['tag characters are seen', 'a\u{e0041}', 'a<U+E0041>'],
  ['NUL and DEL are seen', '\u0000\u007f', '␀␡'],
  ['line and paragraph separators are seen', 'a\u2028b\u2029c', 'a<U+2028>b<U+2029>c'],
  ['emoji with joiners and umlauts stay', 'Größe 👩‍💻 日本', 'Größe 👩‍💻 日本'],
])('%s', (_name, text, shown) => {
  expect(cleanBlock(text)).toBe(shown);
});

test('on one line there is one line, cut between characters and never within', () => {
  expect(clean('a\r\nb\tc')).toBe('a b c');
  expect(clean('abcdef', 4)).toBe('abc…');
  expect(clean('👍👍👍', 2)).toBe('👍…');
});

test('whatever comes in, no control character comes out', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      expect(clean(text)).not.toMatch(/[\p{Cc}\u202a-\u202e\u2066-\u2069\u2028\u2029]/u);
      expect(cleanBlock(cleanBlock(text))).toBe(cleanBlock(text));
    }),
  );
});

test('JSON on a terminal is the same value, without a character that a terminal could obey', () => {
  fc.assert(
    fc.property(fc.jsonValue({ stringUnit: 'binary' }), (value) => {
      const text = cleanJson(value);
      expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify(value)));
      expect(text).not.toMatch(/(?!\n)[\p{Cc}\u202a-\u202e\u2066-\u2069\u2028\u2029]/u);
    }),
  );
  expect(cleanJson('\u009b2J\u{e0041}')).toBe('"\\u009b2J\\udb40\\udc41"');
});
