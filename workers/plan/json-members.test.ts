import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { JsonMembers } from './json-members.ts';

function pickAll(json: string, cuts: readonly number[], max = 1e6) {
  const found = { list: [] as unknown[], map: {} as Record<string, unknown>, flag: [] as unknown[] };
  const read = (bytes: Buffer | null) => (bytes === null ? null : JSON.parse(bytes.toString()));
  const members = new JsonMembers(
    {
      list: { as: 'items', take: (bytes) => found.list.push(read(bytes)) },
      map: {
        as: 'members',
        take: (bytes, name) => {
          Object.defineProperty(found.map, name, { value: read(bytes), enumerable: true });
        },
      },
      flag: { as: 'value', take: (bytes) => found.flag.push(read(bytes)) },
    },
    max,
  );
  const bytes = Buffer.from(json);
  const borders = [0, ...cuts.filter((c) => c < bytes.length).sort((a, b) => a - b), bytes.length];
  for (let i = 1; i < borders.length; i++) members.push(bytes.subarray(borders[i - 1], borders[i]));
  return found;
}

describe('JsonMembers', () => {
  it('finds the chosen members of any document, however it is cut', () => {
    const object = fc.dictionary(fc.string(), fc.jsonValue(), { maxKeys: 4 });
    const document = fc.record({
      skipped: fc.jsonValue(),
      list: fc.array(object, { maxLength: 4 }),
      'li"st\\': fc.array(object, { maxLength: 2 }),
      map: fc.dictionary(fc.string(), object, { maxKeys: 4, noNullPrototype: true }),
      flag: fc.oneof(fc.boolean(), object, fc.string(), fc.constant(null)),
      last: fc.jsonValue(),
    });
    fc.assert(
      fc.property(document, fc.array(fc.nat(500)), fc.constantFrom(0, 2), (doc, cuts, indent) => {
        const json = JSON.stringify(doc, null, indent);
        const expected = JSON.parse(json);
        const found = pickAll(json, cuts);
        expect(found.list).toEqual(expected.list);
        expect(JSON.stringify(found.map)).toBe(JSON.stringify(expected.map));
        expect(found.flag).toEqual([expected.flag]);
      }),
      { numRuns: 500 },
    );
  });

  it('reads the last member where it ends with the document', () => {
    expect(pickAll('{"list":[],"map":{},"flag":true}', []).flag).toEqual([true]);
  });

  it('hands out null for what is longer than the bound, and goes on', () => {
    const found = pickAll(JSON.stringify({ list: [{ a: 'x'.repeat(100) }, { b: 1 }], flag: 1 }), [10, 30, 60], 50);
    expect(found.list).toEqual([null, { b: 1 }]);
    expect(found.flag).toEqual([1]);
  });
});
