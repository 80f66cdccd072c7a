import type { ExpressionBuilder, Kysely } from 'kysely';
import { canonicalJson, sha256 } from '../../kernel/digest.ts';
import { HoldfastError } from '../../kernel/errors.ts';
import { OPEN, type RunStatus } from '../../kernel/run-status.ts';
import { compiledOnce } from '../../platform/db/compiled-once.ts';
import type { DatabaseSchema, RunTable } from '../../platform/db/schema.ts';
import type { Reader, Tx } from './run-ports.ts';
import type { RunSpec } from './run-spec.ts';
import type { Admissible, AdmissibleFilter, RunFilter, RunPage, RunStore } from './run-store.ts';
import { selectAdmissible } from './sql-run-admission.ts';

type Db = Kysely<DatabaseSchema>;
const open = [...OPEN] as RunStatus[];

/** Specs never change, and a run's is asked for at each of its requests. */
const SPECS_KEPT = 500;

/** Runs in SQL. Only `run-door.ts` may call `insert` and `update`. */
export class SqlRunStore implements RunStore {
  readonly #db: Db;
  readonly #specs = new Map<string, RunSpec>();

  constructor(db: Db) {
    this.#db = db;
  }

  find(id: string): Promise<RunTable | null> {
    return findRun(this.#db, id);
  }

  findIn(tx: Tx, id: string): Promise<RunTable | null> {
    return findRun(tx, id);
  }

  async list(filter: RunFilter, limit: number, cursor: string | null): Promise<RunPage> {
    let query = this.#db
      .selectFrom('runs')
      .selectAll()
      .orderBy('id', 'desc')
      .limit(limit + 1);
    if (cursor !== null) query = query.where('id', '<', cursor);
    if (filter.stack !== undefined) query = query.where('stack', '=', filter.stack);
    if (filter.statuses) query = query.where('status', 'in', [...filter.statuses]);
    if (filter.kinds) query = query.where('kind', 'in', [...filter.kinds]);
    const rows = await query.execute();
    const runs = rows.slice(0, limit);
    return { runs, next: rows.length > limit ? (runs.at(-1)?.id ?? null) : null };
  }

  admissible(limit: number, which: AdmissibleFilter = { plans: true, applies: {} }): Promise<Admissible[]> {
    return selectAdmissible(this.#db, limit, which);
  }

  expiredLeases(before: number, limit: number): Promise<RunTable[]> {
    return this.#db
      .selectFrom('runs')
      .selectAll()
      .where('status', 'in', ['preparing', 'planning', 'applying'])
      .where('lease_until', '<', before)
      .orderBy('lease_until')
      .limit(limit)
      .execute();
  }

  async spec(digest: string, tx?: Reader): Promise<RunSpec | null> {
    const known = this.#specs.get(digest);
    if (known) return known;
    const row = await (tx ?? this.#db)
      .selectFrom('specs')
      .select('body')
      .where('digest', '=', digest)
      .executeTakeFirst();
    if (!row) return null;
    if (sha256(row.body) !== digest) throw new HoldfastError('internal', `the spec ${digest} is not what was stored`);
    const spec: RunSpec = JSON.parse(row.body);
    if (this.#specs.size >= SPECS_KEPT) this.#specs.clear();
    this.#specs.set(digest, spec);
    return spec;
  }

  async openOf(stacks: readonly string[]): Promise<RunTable[]> {
    if (stacks.length === 0) return [];
    return this.#db
      .selectFrom('runs')
      .selectAll()
      .where('stack', 'in', [...stacks])
      .where('status', 'in', open)
      .orderBy('id', 'desc')
      .execute();
  }

  async countByStatus(): Promise<Readonly<Record<string, number>>> {
    const rows = await this.#db
      .selectFrom('runs')
      .select(['status', (eb) => eb.fn.countAll<number>().as('count')])
      .groupBy('status')
      .execute();
    return Object.fromEntries(rows.map((row) => [row.status, Number(row.count)]));
  }

  async insert(tx: Tx, run: RunTable): Promise<void> {
    await tx.insertInto('runs').values(run).execute();
  }

  async update(tx: Tx, before: RunTable, after: RunTable): Promise<boolean> {
    const changed = changedColumns(before, after);
    const update = updateOf(Object.keys(changed) as (keyof RunTable)[]);
    const { id, status, version } = before;
    return (await update(tx, id, status, version, ...Object.values(changed))).length === 1;
  }

  openIn(tx: Tx, stack: string): Promise<RunTable[]> {
    return selectOpen(tx, stack);
  }

  async saveSpec(tx: Tx, spec: RunSpec, at: number): Promise<string> {
    const body = canonicalJson(spec);
    const digest = sha256(body);
    await insertSpec(tx, digest, body, at);
    return digest;
  }

  async headDigest(tx: Reader, stack: string): Promise<string | null> {
    const [row] = await selectHeadDigest(tx, stack);
    return row?.inputs_digest ?? null;
  }

  async renewLease(tx: Tx, ref: { run: string; attempt: number; worker: string }, until: number) {
    const row = await tx
      .updateTable('runs')
      .set({ lease_until: until })
      .where('id', '=', ref.run)
      .where('attempt', '=', ref.attempt)
      .where('worker', '=', ref.worker)
      .where(isReported)
      .returningAll()
      .executeTakeFirst();
    return row ?? null;
  }

  async requestCancel(tx: Tx, id: string, actor: string, at: number): Promise<boolean> {
    const result = await tx
      .updateTable('runs')
      .set({ cancel_by: actor, cancel_at: at })
      .where('id', '=', id)
      .where('cancel_at', 'is', null)
      .where(isReported)
      .executeTakeFirst();
    return result.numUpdatedRows === 1n;
  }

  async setLogSize(tx: Tx, id: string, size: number): Promise<void> {
    await tx.updateTable('runs').set({ log_size: size }).where('id', '=', id).execute();
  }

  async noteLateEnd(tx: Tx, id: string, late: { end: string; nextStep: string; at: number }): Promise<void> {
    await tx
      .updateTable('runs')
      .set({ end: late.end, next_step: late.nextStep, updated_at: late.at })
      .where('id', '=', id)
      .where('end', 'is', null)
      .execute();
  }

  async setProcess(tx: Tx, ref: { run: string; attempt: number }, process: string): Promise<void> {
    await tx
      .updateTable('runs')
      .set({ process })
      .where('id', '=', ref.run)
      .where('attempt', '=', ref.attempt)
      .execute();
  }
}

/** Under a lease, or an apply whose worker may come back and tell. */
const isReported = (eb: ExpressionBuilder<DatabaseSchema, 'runs'>) =>
  eb.or([eb('lease_until', 'is not', null), eb('status', '=', 'interrupted')]);

/** Only what the door changed: a heartbeat or a wish to cancel that came in between must not be written back. */
function changedColumns(before: RunTable, after: RunTable): Partial<RunTable> {
  const keys = Object.keys(after) as (keyof RunTable)[];
  return Object.fromEntries(keys.filter((key) => after[key] !== before[key]).map((key) => [key, after[key]]));
}

/** One statement for each set of columns that changes; there are some twenty of them. */
const updates = new Map<string, ReturnType<typeof compileUpdate>>();
const MOST_UPDATES = 200;

function updateOf(columns: readonly (keyof RunTable)[]): ReturnType<typeof compileUpdate> {
  const key = columns.join();
  const known = updates.get(key);
  if (known) return known;
  if (updates.size >= MOST_UPDATES) updates.clear();
  const made = compileUpdate(columns);
  updates.set(key, made);
  return made;
}

function compileUpdate(columns: readonly (keyof RunTable)[]) {
  return compiledOnce((db, id: string, status: RunStatus, version: number, ...values: (string | number | null)[]) =>
    db
      .updateTable('runs')
      .set(Object.fromEntries(columns.map((column, at) => [column, values[at]])))
      .where('id', '=', id)
      .where('status', '=', status)
      .where('version', '=', version)
      .returning('id'),
  );
}

async function findRun(db: Db, id: string): Promise<RunTable | null> {
  const [row] = await selectRun(db, id);
  return row ?? null;
}

const selectRun = compiledOnce((db, id: string) => db.selectFrom('runs').selectAll().where('id', '=', id));

const insertSpec = compiledOnce((db, digest: string, body: string, at: number) =>
  db
    .insertInto('specs')
    .values({ digest, body, created_at: at })
    .onConflict((c) => c.column('digest').doNothing()),
);

const selectOpen = compiledOnce((db, stack: string) =>
  db.selectFrom('runs').selectAll().where('stack', '=', stack).where('status', 'in', open),
);

const selectHeadDigest = compiledOnce((db, stack: string) =>
  db
    .selectFrom('stacks')
    .select('inputs_digest')
    .where('name', '=', stack)
    .where('deleted_at', 'is', null)
    .where('held', 'is', null),
);
