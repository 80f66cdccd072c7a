import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type LogStore, openDiskLogStore } from './log-store.ts';

let dir: string;
let logs: LogStore;
beforeEach(async () => {
  dir = mkdtempSync(join(tmpdir(), 'hf-logs-'));
  logs = await openDiskLogStore(dir, { maxBytes: 100 });
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

async function text(run: string, from = 0, to?: number): Promise<string> {
  return Buffer.concat(await logs.read(run, from, to).toArray()).toString();
}
const append = (offset: number, part: string) => logs.append('r1', offset, Buffer.from(part));

test('parts are appended at the offset that is the size, and read back in ranges', async () => {
  expect(await append(0, 'hello ')).toEqual({ ok: true, size: 6 });
  expect(await append(6, 'world\n')).toEqual({ ok: true, size: 12 });
  expect(await text('r1')).toBe('hello world\n');
  expect(await text('r1', 6)).toBe('world\n');
  expect(await text('r1', 0, 5)).toBe('hello');
  expect(await text('r1', 5, 5)).toBe('');
  expect(statSync(join(dir, 'r1', 'r1.log')).mode & 0o777).toBe(0o600);
});

test('a part sent twice, or too far ahead, changes nothing and is told the size', async () => {
  await append(0, 'hello');
  expect(await append(0, 'hello')).toEqual({ ok: false, size: 5 });
  expect(await append(9, 'x')).toEqual({ ok: false, size: 5 });
  expect(await text('r1')).toBe('hello');
});

test('of many parts for the same place one is taken', async () => {
  const results = await Promise.all(['a', 'b', 'c', 'd'].map((part) => append(0, part)));
  expect(results.filter((result) => result.ok)).toHaveLength(1);
  expect(await logs.size('r1')).toBe(1);
});

test('a log ends at its bound', async () => {
  await append(0, 'x'.repeat(60));
  await expect(append(60, 'x'.repeat(60))).rejects.toMatchObject({ code: 'too_large' });
  expect(await logs.size('r1')).toBe(60);
});

test('a run without a log has an empty one, and a deleted one is empty again', async () => {
  expect(await logs.size('none')).toBe(0);
  expect(await text('none')).toBe('');
  await append(0, 'x');
  await logs.delete('r1');
  await logs.delete('r1');
  expect(await logs.size('r1')).toBe(0);
});

test('a run id that is a path is refused', async () => {
  await expect((async () => logs.append('../x', 0, Buffer.from('x')))()).rejects.toMatchObject({ code: 'invalid' });
});
