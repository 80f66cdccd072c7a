import { describe, expect, it } from 'vitest';
import { compareAddresses, parseAddress } from './resource-address.ts';

describe('parseAddress', () => {
  it.each([
    ['terraform_data.a', { modules: [], mode: 'managed', type: 'terraform_data', resource: { name: 'a', key: null } }],
    ['data.x.a[12]', { modules: [], mode: 'data', type: 'x', resource: { name: 'a', key: 12 } }],
    [
      'module.m["k.1"].module.data.data.x.y["q\\"]u\\\\o\\nte"]',
      {
        modules: [
          { name: 'm', key: 'k.1' },
          { name: 'data', key: null },
        ],
        mode: 'data',
        type: 'x',
        resource: { name: 'y', key: 'q"]u\\o\nte' },
      },
    ],
    [
      'x.y["$${a} %%{b} $c \\u200b \\U0001f600 é😀"]',
      {
        modules: [],
        mode: 'managed',
        type: 'x',
        resource: { name: 'y', key: `$${'{'}a} %{b} $c \u200b 😀 é😀` },
      },
    ],
  ])('reads %s', (address, parts) => {
    expect(parseAddress(address)).toEqual(parts);
  });

  it.each([
    '',
    'a',
    'a.',
    '.b',
    'a.b.',
    'a.b[',
    'a.b[x]',
    'a.b["]',
    'a.b[1]c',
    'a.b c',
    'data.a.b.c',
    'module.m',
    'a..b',
  ])('refuses %j', (address) => {
    expect(() => parseAddress(address)).toThrow(/address/);
  });
});

describe('compareAddresses', () => {
  it('orders as the engine does: modules by depth, keys by kind, texts by their bytes', () => {
    const ordered = [
      'A.z',
      'a.A',
      'a.a',
      'a.a[2]',
      'a.a[10]',
      'a.a["10"]',
      'a.a["2"]',
      'a.a["B"]',
      'a.a["a"]',
      'a.a["é"]',
      'a.a["\ufffd"]',
      'a.a["😀"]',
      'b.a',
      'module.a.z.z',
      'module.a[0].a.a',
      'module.a["0"].a.a',
      'module.b.a.a',
      'module.a.module.a.a.a',
    ];
    const shuffled = [...ordered].sort();
    expect(shuffled.sort((a, b) => compareAddresses(parseAddress(a), parseAddress(b)))).toEqual(ordered);
  });
});
