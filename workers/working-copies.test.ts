import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { WorkingCopies } from './working-copies.ts';

let root = '';
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'holdfast-copies-'));
});
afterEach(() => rm(root, { recursive: true, force: true, maxRetries: 5 }));

async function fill(text: string) {
  await mkdir(join(root, 'work', 'key'), { recursive: true });
  await writeFile(join(root, 'work', 'key', 'file'), text);
}

describe('WorkingCopies', () => {
  it('keeps the copy of a run that waits, and brings it back to the same path', async () => {
    const copies = await WorkingCopies.open(root);
    const rest = await copies.take('key', 'r1', 'fresh');
    await fill('of r1');
    await rest('keep');
    expect(copies.kept).toEqual(['r1']);
    const other = await copies.take('key', 'r2', 'fresh');
    await fill('of r2');
    await other('remove');
    await copies.take('key', 'r1', 'kept');
    expect(await readFile(join(root, 'work', 'key', 'file'), 'utf8')).toBe('of r1');
    expect(copies.kept).toEqual([]);
  });

  it('moves the copy of a run aside whose worker died', async () => {
    const dead = await WorkingCopies.open(root);
    await dead.take('key', 'r1', 'fresh');
    await fill('of r1');
    const copies = await WorkingCopies.open(root);
    await copies.take('key', 'r2', 'fresh');
    expect(await readdir(join(root, 'work'))).toEqual([]);
    expect(copies.kept).toEqual(['r1']);
    await copies.discard(['r1', 'never kept']);
    expect(await readdir(join(root, 'kept'))).toEqual([]);
  });

  it('puts aside at the next start what nobody is at any more, and only that', async () => {
    const dead = await WorkingCopies.open(root);
    await dead.take('key', 'r1', 'fresh');
    await fill('of r1');
    const copies = await WorkingCopies.open(root);
    await copies.setLeftAside(new Set(['r1']));
    expect(copies.kept).toEqual([]);
    await copies.setLeftAside(new Set());
    expect(copies.kept).toEqual(['r1']);
    expect(await readdir(join(root, 'work'))).toEqual([]);
    await copies.take('key', 'r1', 'kept');
    expect(await readFile(join(root, 'work', 'key', 'file'), 'utf8')).toBe('of r1');
    await copies.setLeftAside(new Set());
    expect(copies.kept).toEqual([]);
  });

  it('leaves the copy of an adopted run as it is, and gives a fresh one an empty path', async () => {
    const dead = await WorkingCopies.open(root);
    await dead.take('key', 'r1', 'fresh');
    await fill('of r1');
    const copies = await WorkingCopies.open(root);
    const rest = await copies.take('key', 'r1', 'running');
    expect(await readFile(join(root, 'work', 'key', 'file'), 'utf8')).toBe('of r1');
    await rest('keep');
    await copies.take('key', 'r1', 'fresh');
    expect(await readdir(join(root, 'work'))).toEqual([]);
    expect(copies.kept).toEqual([]);
  });

  it('belongs to one run at a time', async () => {
    const copies = await WorkingCopies.open(root);
    const rest = await copies.take('key', 'r1', 'fresh');
    let hasSecond = false;
    const second = copies.take('key', 'r2', 'fresh').then(() => {
      hasSecond = true;
    });
    await copies.take('other key', 'r3', 'fresh');
    expect(hasSecond).toBe(false);
    await rest('remove');
    await second;
  });
});
