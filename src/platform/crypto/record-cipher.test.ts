import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { systemClock } from '../../kernel/clock.ts';
import { systemRandom } from '../../kernel/random.ts';
import { openKeyRing } from './key-ring.ts';
import { createRecordCipher, type RecordCipher } from './record-cipher.ts';
import { HEADER_BYTES, RECORD_BYTES } from './record-header.ts';

let dir: string;
let cipher: RecordCipher;
beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'hf-cipher-'));
  cipher = createRecordCipher(await openKeyRing(dir, { clock: systemClock, random: systemRandom }), systemRandom);
});
afterAll(() => rmSync(dir, { recursive: true, force: true }));

async function collect(chunks: AsyncIterable<Buffer>): Promise<Buffer> {
  const parts: Buffer[] = [];
  for await (const chunk of chunks) parts.push(chunk);
  return Buffer.concat(parts);
}
const seal = (clear: Uint8Array, context = 'state|a') => collect(cipher.seal([clear], context));
const open = (sealed: Uint8Array, context = 'state|a') => collect(cipher.open([sealed], context));
const SEALED_RECORD = RECORD_BYTES + 16;

test('what was sealed opens again, whatever its size and chunks', async () => {
  const sizes = [0, 1, RECORD_BYTES - 1, RECORD_BYTES, RECORD_BYTES + 1, 3 * RECORD_BYTES, 200_000];
  for (const size of sizes) {
    const clear = Buffer.alloc(size, 'abcdefghij');
    const sealed = await seal(clear);
    expect((await open(sealed)).equals(clear), `${size} bytes`).toBe(true);
    if (size > 0) expect(sealed.includes('abcdefghij')).toBe(false);
  }
  await fc.assert(
    fc.asyncProperty(fc.array(fc.uint8Array({ maxLength: 70_000 }), { maxLength: 6 }), async (chunks) => {
      const sealed = await collect(cipher.seal(chunks, 'x'));
      const cut = [sealed.subarray(0, 40), sealed.subarray(40, 90_000), sealed.subarray(90_000)];
      expect((await collect(cipher.open(cut, 'x'))).equals(Buffer.concat(chunks))).toBe(true);
    }),
    { numRuns: 25 },
  );
});

test('the same bytes sealed twice look different', async () => {
  const clear = Buffer.from('same');
  expect((await seal(clear)).equals(await seal(clear))).toBe(false);
});

test('every flipped byte of a small artifact is refused', async () => {
  const sealed = await seal(Buffer.from('{"serial": 1, "lineage": "abc"}'));
  for (let at = 0; at < sealed.length; at++) {
    const changed = Buffer.from(sealed);
    changed[at] = (changed[at] ?? 0) ^ 0x01;
    await expect(open(changed), `byte ${at}`).rejects.toMatchObject({ name: 'HoldfastError', code: 'internal' });
  }
});

test('every truncation of a small artifact is refused, and at record borders of a large one', async () => {
  const small = await seal(Buffer.from('0123456789'));
  for (let end = 0; end < small.length; end++) await expect(open(small.subarray(0, end))).rejects.toThrow();
  const large = await seal(Buffer.alloc(3 * RECORD_BYTES, 7));
  for (const records of [0, 1, 2]) {
    const cut = large.subarray(0, HEADER_BYTES + records * SEALED_RECORD);
    await expect(open(cut), `${records} records`).rejects.toThrow(/damaged, cut off/);
  }
});

test('swapped, repeated and joined records are refused', async () => {
  const sealed = await seal(Buffer.alloc(3 * RECORD_BYTES, 7));
  const header = sealed.subarray(0, HEADER_BYTES);
  const record = (i: number) =>
    sealed.subarray(HEADER_BYTES + i * SEALED_RECORD, HEADER_BYTES + (i + 1) * SEALED_RECORD);
  const orders = [[1, 0, 2], [0, 0, 2], [0, 2], [0, 1, 2, 2], [2]];
  for (const order of orders) {
    await expect(open(Buffer.concat([header, ...order.map(record)])), order.join()).rejects.toThrow(/damaged/);
  }
  const other = await seal(Buffer.alloc(2 * RECORD_BYTES, 8));
  await expect(open(Buffer.concat([sealed, other.subarray(HEADER_BYTES)]))).rejects.toThrow(/damaged/);
  const mixed = Buffer.concat([header, record(0), other.subarray(HEADER_BYTES + SEALED_RECORD)]);
  await expect(open(mixed)).rejects.toThrow(/damaged/);
});

test('another context is refused by name', async () => {
  const sealed = await seal(Buffer.from('secret'), 'plan|net/prod|r1');
  await expect(open(sealed, 'plan|net/dev|r1')).rejects.toThrow(
    'stored bytes were not sealed for "plan|net/dev|r1": they belong to something else',
  );
});

test('what closes it is bound to the last record, and known only at its end', async () => {
  const sealed = await collect(cipher.seal([Buffer.alloc(100_000)], 'c', () => 'digest'));
  expect((await collect(cipher.open([sealed], 'c', 'digest'))).length).toBe(100_000);
  await expect(collect(cipher.open([sealed], 'c', 'other'))).rejects.toThrow(/not those recorded \(record 1\)/);
  await expect(collect(cipher.open([sealed], 'c'))).rejects.toThrow(/not those recorded/);
});

test('bytes that nobody sealed are refused', async () => {
  await expect(open(Buffer.from('{"serial": 1}'))).rejects.toThrow(/not sealed by Holdfast/);
  await expect(open(Buffer.alloc(500, 1))).rejects.toThrow(/not sealed by Holdfast/);
});

test('a large stream is sealed and opened with little in the hand', async () => {
  let produced = 0;
  async function* source() {
    for (let i = 0; i < 200; i++) {
      produced += 100_000;
      yield Buffer.alloc(100_000, i);
    }
  }
  let size = 0;
  for await (const chunk of cipher.open(cipher.seal(source(), 'c'), 'c')) {
    size += chunk.length;
    expect(produced - size).toBeLessThan(500_000);
  }
  expect(size).toBe(20_000_000);
});

test('who stops reading early lets go of the source', async () => {
  let closed = false;
  async function* source() {
    try {
      for (;;) yield Buffer.alloc(RECORD_BYTES);
    } finally {
      closed = true;
    }
  }
  for await (const _ of cipher.seal(source(), 'c')) break;
  let records = 0;
  for await (const _ of cipher.seal(source(), 'c')) if (++records > 2) break;
  expect(closed).toBe(true);
});
