import type { Compilable, CompiledQuery, Kysely } from 'kysely';
import type { DatabaseSchema } from './schema.ts';

type Db = Kysely<DatabaseSchema>;
type Value = string | number | null;

/**
 * A query that is built with its first arguments and only bound with later ones: building one anew costs as much as running it.
 * Each argument may only stand where a value stands; what the query looks like must not depend on it. Answers the rows.
 */
export function compiledOnce<A extends readonly Value[], R>(
  build: (db: Db, ...args: A) => Compilable<R>,
): (db: Db, ...args: A) => Promise<R[]> {
  let known: { readonly query: CompiledQuery<R>; readonly slots: readonly number[] } | null = null;
  return async (db, ...args) => {
    known ??= withSlots(build, db, args.length);
    const { query, slots } = known;
    const parameters = query.parameters.map((value, at) => {
      const slot = slots[at] ?? -1;
      return slot < 0 ? value : args[slot];
    });
    const { rows } = await db.executeQuery<R>({ ...query, parameters });
    return rows;
  };
}

/** Compiles it with marks for arguments, so that each parameter is known as one of them or as a constant. */
function withSlots<A extends readonly Value[], R>(build: (db: Db, ...args: A) => Compilable<R>, db: Db, count: number) {
  const marks = Array.from({ length: count }, (_, at) => `\0argument ${at}`);
  const query = build(db, ...(marks as readonly Value[] as A)).compile();
  return { query, slots: query.parameters.map((value) => marks.indexOf(value as string)) };
}
