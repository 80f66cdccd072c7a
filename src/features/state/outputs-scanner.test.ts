import { expect, test } from 'vitest';
import { OutputsScanner } from './outputs-scanner.ts';

const scan = (text: string, size: number, max = 1000) => {
  const scanner = new OutputsScanner(max);
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length; at += size) scanner.write(bytes.subarray(at, at + size));
  return scanner.text;
};

const cases: [string, object, string | null][] = [
  ['first', { outputs: { a: { value: 1 } }, resources: [] }, '{"a":{"value":1}}'],
  ['last, behind resources that have outputs', { resources: [{ outputs: { no: 1 } }], outputs: { a: 2 } }, '{"a":2}'],
  ['none', { version: 4, resources: [{ outputs: {} }] }, null],
  ['empty', { outputs: {}, lineage: 'outputs' }, '{}'],
  [
    'texts that look like structure',
    { lineage: '"}{outputs":{', outputs: { 'x"}': '}]\\"{' } },
    '{"x\\"}":"}]\\\\\\"{"}',
  ],
  ['a value named outputs', { a: 'outputs', b: { c: 1 }, outputs: { d: [1, { e: 2 }] } }, '{"d":[1,{"e":2}]}'],
];

test.each(cases)('outputs %s, in chunks of any size', (_name, state, expected) => {
  for (const size of [1, 2, 3, 7, 1000]) {
    expect(scan(JSON.stringify(state), size)).toBe(expected);
    const pretty = scan(JSON.stringify(state, null, 2), size);
    expect(pretty === null ? null : JSON.stringify(JSON.parse(pretty))).toBe(expected);
  }
});

test('more than the bound is too large, and nothing is kept of it', () => {
  expect(scan(JSON.stringify({ outputs: { a: 'x'.repeat(2000) } }), 64)).toBe('too_large');
});
