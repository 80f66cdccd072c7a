import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
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
  const file = join(dir, 'f');
  await writeNewFile(file, parts('a', 'b'.repeat(600_000), '', 'c'));
  expect(readFileSync(file, 'utf8')).toBe(`a${'b'.repeat(600_000)}c`);
  writeFileSync(join(dir, 'g'), 'kept');
  await expect(writeNewFile(join(dir, 'g'), parts('new'))).rejects.toMatchObject({ code: 'EEXIST' });
  expect(readFileSync(join(dir, 'g'), 'utf8')).toBe('kept');
  rmSync(dir, { recursive: true, force: true });
});
