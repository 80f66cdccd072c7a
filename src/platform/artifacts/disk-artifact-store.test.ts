import { createHash } from 'node:crypto';
import { copyFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { systemClock } from '../../kernel/clock.ts';
import { systemRandom } from '../../kernel/random.ts';
import { openKeyRing } from '../crypto/key-ring.ts';
import { createRecordCipher } from '../crypto/record-cipher.ts';
import type { ArtifactStore } from './artifact-store.ts';
import { openDiskArtifactStore } from './disk-artifact-store.ts';

const ports = { clock: systemClock, random: systemRandom };
let dir: string;
let root: string;
let store: ArtifactStore;

beforeEach(async () => {
  dir = mkdtempSync(join(tmpdir(), 'hf-artifacts-'));
  root = join(dir, 'artifacts');
  store = await reopen();
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

async function reopen() {
  const keys = await openKeyRing(join(dir, 'keys'), ports);
  return openDiskArtifactStore(root, { ...ports, cipher: createRecordCipher(keys, systemRandom) });
}

async function read(stream: Readable): Promise<Buffer> {
  return Buffer.concat(await stream.toArray());
}
const put = (bytes: Uint8Array, context = 'plan|a', maxBytes = 1 << 20) => store.put([bytes], { context, maxBytes });
const files = () => readdirSync(root, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());

test('an artifact comes back as it was, with the digests of its clear bytes', async () => {
  const bytes = Buffer.alloc(300_000, 'plan bytes ');
  const stored = await put(bytes);
  expect(stored).toMatchObject({
    size: 300_000,
    digest: createHash('sha256').update(bytes).digest('hex'),
  });
  expect((await read(await store.open(stored, 'plan|a'))).equals(bytes)).toBe(true);
  expect((await read(await (await reopen()).open(stored, 'plan|a'))).equals(bytes)).toBe(true);
  const file = join(root, stored.path);
  expect(readFileSync(file).includes('plan bytes')).toBe(false);
  expect(statSync(file).mode & 0o777).toBe(0o600);
});

test('an empty artifact is one, too', async () => {
  expect((await read(await store.open(await put(Buffer.alloc(0)), 'plan|a'))).length).toBe(0);
});

test('too many bytes end it early, and nothing is left', async () => {
  let given = 0;
  async function* endless() {
    for (;;) {
      given += 1000;
      yield Buffer.alloc(1000);
    }
  }
  await expect(store.put(endless(), { context: 'x', maxBytes: 5000 })).rejects.toMatchObject({ code: 'too_large' });
  expect(given).toBe(6000);
  expect(files()).toEqual([]);
});

test('a source that breaks leaves nothing, and its error is kept', async () => {
  async function* broken() {
    yield Buffer.alloc(100_000);
    throw new Error('the connection was lost');
  }
  await expect(store.put(broken(), { context: 'x', maxBytes: 1 << 20 })).rejects.toThrow('the connection was lost');
  expect(files()).toEqual([]);
});

test('a file swapped for another of the same context is refused before its end', async () => {
  const first = await put(Buffer.alloc(200_000, 1));
  const second = await put(Buffer.alloc(200_000, 2));
  copyFileSync(join(root, second.path), join(root, first.path));
  const stream = await store.open(first, 'plan|a');
  let got = 0;
  await expect(
    (async () => {
      for await (const chunk of stream) got += chunk.length;
    })(),
  ).rejects.toThrow(/not those recorded/);
  expect(got).toBeLessThan(200_000);
});

test('a small swapped, foreign, truncated or missing file is refused before its first byte', async () => {
  const stored = await put(Buffer.from('a'));
  const other = await put(Buffer.from('b'));
  await expect(store.open({ ...stored, digest: other.digest }, 'plan|a')).rejects.toThrow(/not those recorded/);
  await expect(store.open(stored, 'plan|b')).rejects.toThrow(/belong to something else/);
  writeFileSync(join(root, stored.path), readFileSync(join(root, stored.path)).subarray(0, -1));
  await expect(store.open(stored, 'plan|a')).rejects.toThrow(/damaged, cut off/);
  await store.delete(stored.path);
  await store.delete(stored.path);
  await expect(store.open(stored, 'plan|a')).rejects.toThrow(/its file is missing/);
  await expect(store.open({ ...stored, path: '../../etc/passwd' }, 'plan|a')).rejects.toThrow(/no path/);
});

test('drafts of a crash are gone after the next start, and orphans with the sweep', async () => {
  const kept = await put(Buffer.from('kept'));
  await put(Buffer.from('orphan'));
  writeFileSync(join(root, 'tmp', 'half'), 'half');
  store = await reopen();
  expect(files()).toHaveLength(2);
  const known = async () => new Set([kept.path]);
  expect(await store.sweep(60_000, known)).toBe(0);
  expect(await store.sweep(-60_000, known)).toBe(1);
  expect((await read(await store.open(kept, 'plan|a'))).toString()).toBe('kept');
});

test('a stream that nobody reads closes its file', async () => {
  const stream = await store.open(await put(Buffer.alloc(900_000)), 'plan|a');
  const openFiles = () => readdirSync('/proc/self/fd').length;
  const before = openFiles();
  stream.destroy();
  await expect.poll(openFiles).toBeLessThan(before);
});
