import { expect, test } from 'vitest';
import { releaseBytes } from './release-bytes.ts';

test('bytes that have their memory for themselves are given back, and empty afterwards', () => {
  const bytes = Buffer.alloc(100_000, 'x');
  releaseBytes(bytes);
  expect(bytes.length).toBe(0);
});

test('small ones, and those that share their memory, stay', () => {
  const [small, whole] = [Buffer.from('abc'), Buffer.alloc(100_000, 'x')];
  const part = whole.subarray(1);
  const shared = Buffer.from(new SharedArrayBuffer(100_000));
  for (const bytes of [small, part, shared]) releaseBytes(bytes);
  expect([small.length, part.length, whole.length, shared.length]).toEqual([3, 99_999, 100_000, 100_000]);
});
