import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { diskError, writeNewFile } from './disk-files.ts';

async function* parts(...texts: string[]) {
  for (const text of texts) yield Buffer.from(text);
}

test('a full disk is busy and may be tried again; other errors stay what they are', () => {
  const full = Object.assign(new Error('no space left'), { code: 'ENOSPC' });
  expect(diskError(full)).toMatchObject({ code: 'busy', treatment: { kind: 'retry' }, cause: full });
  const other = Object.assign(new Error('x'), { code: 'EIO' });
  expect(diskError(other)).toBe(other);
});

test('a file is written once and whole, never over another', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'hf-disk-'));
  const names = { draft: join(dir, 'draft'), path: join(dir, 'f') };
  await writeNewFile(names, parts('a', 'b'.repeat(600_000), '', 'c'));
  expect(readFileSync(names.path, 'utf8')).toBe(`a${'b'.repeat(600_000)}c`);
  expect(readdirSync(dir)).toEqual(['f']);
  writeFileSync(names.draft, 'kept');
  await expect(writeNewFile(names, parts('new'))).rejects.toMatchObject({ code: 'EEXIST' });
  expect(readFileSync(names.draft, 'utf8')).toBe('kept');
  rmSync(dir, { recursive: true, force: true });
});
