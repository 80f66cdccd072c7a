import { expect, it } from 'vitest';
import { compiledOnce } from './compiled-once.ts';
import { openDatabase } from './open-database.ts';

it('binds later arguments where the first ones stood, and leaves constants as they are', async () => {
  const db = await openDatabase({ file: ':memory:' });
  const put = compiledOnce((tx, key: string, value: string) => tx.insertInto('meta').values({ key, value }));
  for (const name of ['a', 'b', 'c']) await put(db, `key ${name}`, `it's ${name}`);
  let built = 0;
  const find = compiledOnce((on, limit: number, least: string) => {
    built++;
    const query = on.selectFrom('meta').select('value').where('key', '>=', least).where('key', '<', 'key c');
    return query.orderBy('key').limit(limit);
  });
  expect(await find(db, 5, 'key a')).toEqual([{ value: "it's a" }, { value: "it's b" }]);
  expect(await find(db, 1, 'key a')).toEqual([{ value: "it's a" }]);
  expect(await find(db, 5, 'key b')).toEqual([{ value: "it's b" }]);
  expect(await find(db, 5, "' or 1=1 --")).toHaveLength(2);
  expect(built).toBe(1);
  await db.destroy();
});

it('is part of the transaction that it is given, in one database as in another', async () => {
  const put = compiledOnce((tx, key: string) => tx.insertInto('meta').values({ key, value: '' }));
  const all = compiledOnce((on) => on.selectFrom('meta').select('key').where('value', '=', ''));
  for (let nth = 0; nth < 2; nth++) {
    const db = await openDatabase({ file: ':memory:' });
    const failed = db.transaction().execute(async (tx) => {
      await put(tx, 'gone');
      expect(await all(tx)).toEqual([{ key: 'gone' }]);
      throw new Error('rolled back');
    });
    await expect(failed).rejects.toThrow('rolled back');
    expect(await all(db)).toEqual([]);
    await db.destroy();
  }
});
