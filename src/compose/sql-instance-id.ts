import type { Clock } from '../kernel/clock.ts';
import { newId } from '../kernel/ids.ts';
import type { Random } from '../kernel/random.ts';
import type { Database } from '../platform/db/open-database.ts';

/** The id of this database, made once. */
export async function readInstanceId(db: Database, clock: Clock, random: Random): Promise<string> {
  const known = await db.selectFrom('meta').select('value').where('key', '=', 'instance').executeTakeFirst();
  if (known) return known.value;
  const value = newId(clock, random);
  await db.insertInto('meta').values({ key: 'instance', value }).execute();
  return value;
}

/** Whether the database answers a question. */
export async function databaseAnswers(db: Database): Promise<boolean> {
  try {
    await db.selectFrom('meta').select('key').limit(1).execute();
    return true;
  } catch {
    return false;
  }
}
