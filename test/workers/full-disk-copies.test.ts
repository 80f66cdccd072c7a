import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { WorkingCopies } from '../../workers/working-copies.ts';
import { mountSmallDisk, type SmallDisk, whyNoSmallDisk } from '../support/small-disk.ts';

const why = whyNoSmallDisk();
const skipped = why === null ? '' : ` (skipped: ${why})`;
let dir = '';
let root = '';
let disk: SmallDisk;
beforeEach(() => {
  if (why !== null) return;
  dir = mkdtempSync(join(tmpdir(), 'hf-copies-'));
  root = join(dir, 'root');
  disk = mountSmallDisk(root, 2);
});
afterEach(() => {
  if (why !== null) return;
  disk.unmount();
  rmSync(dir, { recursive: true, force: true });
});

/** A copy of a stack that is kept for a run. */
async function keep(copies: WorkingCopies, key: string, run: string): Promise<void> {
  const letGo = await copies.take(key, run, 'fresh');
  mkdirSync(join(root, 'work', key));
  writeFileSync(join(root, 'work', key, 'main.tf'), run);
  await letGo('keep');
}

const kept = () => readdirSync(join(root, 'kept')).toSorted();

test.skipIf(why !== null)(
  `a copy that cannot be taken on a full disk stays kept, and is taken with room${skipped}`,
  async () => {
    const copies = await WorkingCopies.open(root);
    await keep(copies, 'net', 'r1');
    await keep(copies, 'app', 'r2');
    disk.fill();
    for (const _ of [1, 2]) await expect(copies.take('net', 'r1', 'kept')).rejects.toThrow('ENOSPC');
    expect(kept()).toEqual(['r1', 'r2']);
    disk.free();
    const letGo = await copies.take('net', 'r1', 'kept');
    expect(readFileSync(join(root, 'work', 'net', 'main.tf'), 'utf8')).toBe('r1');
    await letGo('remove');
    expect(kept()).toEqual(['r2']);
  },
);

test.skipIf(why !== null)(`a copy in which an engine may run is not moved, also on a full disk${skipped}`, async () => {
  const before = await WorkingCopies.open(root);
  await before.take('net', 'r1', 'fresh');
  mkdirSync(join(root, 'work', 'net'));
  disk.fill();
  const copies = await WorkingCopies.open(root);
  const letGo = await copies.take('net', 'r1', 'running');
  expect([readdirSync(join(root, 'work')), kept()]).toEqual([['net'], []]);
  await letGo('remove');
  expect(readdirSync(join(root, 'work'))).toEqual([]);
});

test.skipIf(why !== null)(`what a full disk left of an owner's name takes nobody's copy away${skipped}`, async () => {
  const first = await WorkingCopies.open(root);
  await keep(first, 'net', 'r1');
  await keep(first, 'app', 'r2');
  writeFileSync(join(root, 'owners', 'net'), '');
  const copies = await WorkingCopies.open(root);
  await copies.setLeftAside(new Set());
  await (await copies.take('net', 'r1', 'kept'))('keep');
  expect(kept()).toEqual(['r1', 'r2']);
});
