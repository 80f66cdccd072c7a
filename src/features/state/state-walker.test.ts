import { expect, test } from 'vitest';
import { hclQuote } from './hcl-quote.ts';
import { type StateInstance, StateWalker } from './state-walker.ts';

const state = {
  version: 4,
  serial: 3,
  outputs: { resources: { value: [{ type: 'x', name: 'y', instances: [{}] }], type: 'string' } },
  resources: [
    {
      mode: 'managed',
      type: 'terraform_data',
      name: 'a',
      provider: 'p',
      instances: [
        { index_key: 0, attributes: { id: 'id-0', input: { value: '"id":"no"', id: 'nested' } } },
        { index_key: `k"<é>$\{x}\\`, attributes: { id: 'id-k', tags: ['id', { id: 'no' }] } },
        { index_key: '0', attributes: { id: 'text-0' } },
      ],
    },
    {
      module: 'module.m["q"].module.n',
      mode: 'managed',
      type: 'aws_vpc',
      name: 'v',
      instances: [{ attributes: { id: 7 } }],
    },
    { mode: 'data', type: 'http', name: 'd', instances: [{ attributes: { id: null } }] },
    { mode: 'managed', type: 'gone', name: 'g', instances: [] },
    { instances: [{ attributes: { id: 'late' }, index_key: 1 }], name: 'late', type: 't', mode: 'managed' },
  ],
  check_results: null,
};
const expected = [
  ['terraform_data.a[0]', 'id-0'],
  ['terraform_data.a["k\\"<é>$${x}\\\\"]', 'id-k'],
  ['terraform_data.a["0"]', 'text-0'],
  ['module.m["q"].module.n.aws_vpc.v', '7'],
  ['data.http.d', undefined],
  ['t.late[1]', 'late'],
];

function walk(text: string, size: number): (string | undefined)[][] {
  const found: StateInstance[] = [];
  const walker = new StateWalker(['id'], (instance) => found.push(instance));
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length; at += size) walker.write(bytes.subarray(at, at + size));
  return found.map(({ address, attributes }) => [address, attributes.get('id')]);
}

test.each([1, 2, 3, 7, 64, 1 << 20])('instances are found in chunks of %i bytes, pretty or not', (size) => {
  expect(walk(JSON.stringify(state), size)).toEqual(expected);
  expect(walk(JSON.stringify(state, null, 2), size)).toEqual(expected);
  expect(walk(JSON.stringify(state).replaceAll('<', '\\u003c'), size)).toEqual(expected);
});

test('texts that are very long are walked over', () => {
  const long = 'x'.repeat(100_000);
  const resources = [
    { mode: 'managed', type: 't', name: 'n', instances: [{ attributes: { id: long, a: `${long}\\"` } }] },
  ];
  expect(walk(JSON.stringify({ resources }), 1000)).toEqual([['t.n', undefined]]);
});

test('no text can begin an interpolation', () => {
  expect(hclQuote(`a"b\n$\{c}%{d}$$`)).toBe('"a\\"b\\n$${c}%%{d}$$"');
});
