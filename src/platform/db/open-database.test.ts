import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sql } from 'kysely';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openDatabase } from './open-database.ts';

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'hf-db-'));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

test('a new database is migrated, and opens again with its rows', async () => {
  const file = join(dir, 'a.db');
  const first = await openDatabase({ file });
  await first.insertInto('meta').values({ key: 'instance', value: 'x' }).execute();
  await first.destroy();
  const second = await openDatabase({ file });
  const row = await second.selectFrom('meta').selectAll().where('key', '=', 'instance').executeTakeFirst();
  expect(row?.value).toBe('x');
  await second.destroy();
});

test('a second process that opens it is refused by the database itself', async () => {
  const file = join(dir, 'a.db');
  const db = await openDatabase({ file });
  const script = `import { openDatabase } from ${JSON.stringify(new URL('./open-database.ts', import.meta.url).href)};
    try { await openDatabase({ file: ${JSON.stringify(file)} }); console.log('opened'); } catch (e) { console.log(e.code + ': ' + e.message); }`;
  const second = spawnSync(process.execPath, ['--input-type=module', '-e', script], { encoding: 'utf8' });
  expect(second.stdout).toContain('conflict');
  expect(second.stdout).toContain('in use by another process');
  await db.destroy();
});

test('a database of a newer version is refused, and left as it was', async () => {
  const file = join(dir, 'a.db');
  const db = await openDatabase({ file });
  await sql`insert into kysely_migration (name, timestamp) values ('9999-future', 'x')`.execute(db);
  await db.destroy();
  await expect(openDatabase({ file })).rejects.toThrow(/newer Holdfast \(9999-future\)/);
});

test('a file that is no database is refused with its name', async () => {
  const file = join(dir, 'a.db');
  writeFileSync(file, 'not a database, but long enough to be read as one: '.repeat(40));
  await expect(openDatabase({ file })).rejects.toThrow(/is not a database/);
});

test('a data_dir that is a file, or lies below one, is refused with its name', async () => {
  writeFileSync(join(dir, 'plain'), '');
  for (const folder of [join(dir, 'plain'), join(dir, 'plain', 'below')]) {
    const error = await openDatabase({ file: join(folder, 'a.db') }).catch((caught) => caught);
    expect(error).toMatchObject({ code: 'invalid', message: expect.stringContaining(`data_dir ${folder} cannot be`) });
  }
});

test('nobody else may read the database, nor what SQLite writes beside it', async () => {
  const file = join(dir, 'a.db');
  const db = await openDatabase({ file });
  await db.insertInto('meta').values({ key: 'a', value: '1' }).execute();
  for (const name of [file, `${file}-wal`]) expect(statSync(name).mode & 0o077, name).toBe(0);
  await db.destroy();
});

test('two transactions never mix: the second waits for the first', async () => {
  const db = await openDatabase({ file: ':memory:' });
  const order: string[] = [];
  await Promise.all([
    db.transaction().execute(async (tx) => {
      await tx.insertInto('meta').values({ key: 'a', value: '1' }).execute();
      await new Promise((resolve) => setImmediate(resolve));
      order.push('first');
    }),
    db.transaction().execute(async (tx) => {
      const row = await tx.selectFrom('meta').selectAll().where('key', '=', 'a').executeTakeFirst();
      order.push(`second saw ${row?.value}`);
    }),
  ]);
  expect(order).toEqual(['first', 'second saw 1']);
  await db.destroy();
});
