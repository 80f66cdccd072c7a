import fc from 'fast-check';
import { expect, test } from 'vitest';
import { JsonScanner, type TopMember } from './json-scanner.ts';

/** Scans in chunks of `size`; null where it was refused. */
function scan(bytes: Uint8Array, size: number): TopMember[] | null {
  const members: TopMember[] = [];
  const scanner = new JsonScanner((member) => members.push(member));
  try {
    for (let at = 0; at < bytes.length; at += size) scanner.write(bytes.subarray(at, at + size));
    scanner.end();
    return members;
  } catch (error) {
    expect(error).toMatchObject({ code: 'invalid' });
    return null;
  }
}

/** What JSON.parse says of strictly decoded text; null where it is refused. */
function parse(bytes: Uint8Array): { value: unknown } | null {
  try {
    return { value: JSON.parse(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)) as unknown };
  } catch {
    return null;
  }
}

function expectSame(bytes: Uint8Array, size: number): void {
  const members = scan(bytes, size);
  const parsed = parse(bytes);
  expect(members !== null, Buffer.from(bytes).toString()).toBe(parsed !== null);
  if (members === null || parsed === null) return;
  const { value } = parsed;
  const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
  const expected = isObject ? Object.entries(value) : [];
  const found = new Map(members.filter((m) => m.key !== null).map((m) => [JSON.parse(m.key ?? '') as string, m]));
  for (const [key, plain] of expected) {
    const member = found.get(key);
    if (JSON.stringify(key).length > 300) continue;
    if (typeof plain === 'object' && plain !== null) expect(member?.value).toBeNull();
    else if (member?.value !== null) {
      expect(JSON.parse(member?.value ?? '')).toEqual(plain);
      expect(Buffer.from(bytes).subarray(member?.start, member?.end).toString()).toBe(member?.value);
    }
  }
}

const chunkSize = fc.integer({ min: 1, max: 40 });

test('it agrees with JSON.parse on valid documents, in any chunks', () => {
  fc.assert(
    fc.property(fc.json({ maxDepth: 6 }), fc.nat(3), chunkSize, (text, indent, size) => {
      expectSame(Buffer.from(text), size);
      expectSame(Buffer.from(JSON.stringify(JSON.parse(text), null, indent)), size);
    }),
    { numRuns: 1500 },
  );
});

test('it agrees with JSON.parse on documents with bytes changed, removed and added', () => {
  const edit = fc.record({
    at: fc.nat(),
    byte: fc.oneof(fc.nat(255), fc.constantFrom(...Buffer.from('{}[]",:-+.eE0 \\u\n'))),
  });
  fc.assert(
    fc.property(
      fc.json(),
      fc.array(edit, { minLength: 1, maxLength: 3 }),
      fc.nat(2),
      chunkSize,
      (text, edits, how, size) => {
        const bytes = [...Buffer.from(text)];
        for (const { at, byte } of edits)
          bytes.splice(at % (bytes.length + 1), how === 0 ? 0 : 1, ...(how === 1 ? [] : [byte]));
        expectSame(Uint8Array.from(bytes), size);
      },
    ),
    { numRuns: 6000 },
  );
});

test('it agrees with JSON.parse on every short text over the characters that matter', () => {
  const alphabet = ['{', '}', '[', ']', '"', ',', ':', '0', '1', '-', '.', 'e', '\\', ' ', 'null', '"a"', 'é'];
  for (let n = 0; n < alphabet.length ** 4; n++) {
    let text = '';
    for (let rest = n, i = 0; i < 4; i++, rest = Math.floor(rest / alphabet.length))
      text += alphabet[rest % alphabet.length];
    const bytes = Buffer.from(text);
    if ((scan(bytes, 100) !== null) !== (parse(bytes) !== null)) expect.fail(`disagrees on ${text}`);
  }
});

test.each([
  ['a byte order mark', '\uFEFF{}'],
  ['two documents', '{}{}'],
  ['nothing', ''],
  ['a literal too long', 'nulll'],
  ['a raw newline in a string', '"a\nb"'],
])('it refuses %s', (_name, text) => {
  expect(scan(Buffer.from(text), 100)).toBeNull();
});

test('it refuses what is nested deeper than Go would read, without falling over', () => {
  expect(scan(Buffer.from('['.repeat(10_000) + ']'.repeat(10_000)), 4096)).not.toBeNull();
  expect(scan(Buffer.from('['.repeat(10_001)), 4096)).toBeNull();
});

test('characters cut in two by chunks are whole again, and cut ones at the end are refused', () => {
  const bytes = Buffer.from('{"ä€😀": "😀€ä"}');
  for (let size = 1; size <= bytes.length; size++) expect(scan(bytes, size)?.[0]?.key).toBe('"ä€😀"');
  for (const bad of [
    [0x22, 0xc3],
    [0x22, 0xc3, 0x22],
    [0x22, 0xff, 0x22],
    [0x22, 0xed, 0xa0, 0x80, 0x22],
  ]) {
    expect(scan(Uint8Array.from(bad), 1)).toBeNull();
  }
});
