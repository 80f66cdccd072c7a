import { OPEN, type RunStatus } from '../../kernel/run-status.ts';
import type { DependencyTable } from '../../platform/db/schema-dependencies.ts';
import type { Reader } from '../runs/index.ts';
import type { Dependency } from './dependency.ts';
import type { DependencyStore } from './dependency-store.ts';

const CHUNK = 500;
const open = [...OPEN] as RunStatus[];

/** `DependencyStore` on the database. */
export const sqlDependencyStore: DependencyStore = {
  async all(db) {
    return (await db.selectFrom('dependencies').selectAll().execute()).map(fromRow);
  },
  async isIn(db, stack) {
    const row = await db
      .selectFrom('dependencies')
      .select('stack')
      .where((eb) => eb.or([eb('stack', '=', stack), eb('needs', '=', stack)]))
      .limit(1)
      .executeTakeFirst();
    return row !== undefined;
  },
  async dependants(db, stack) {
    const rows = await db
      .selectFrom('dependencies')
      .innerJoin('stacks', 'stacks.name', 'dependencies.stack')
      .select('dependencies.stack')
      .distinct()
      .where('dependencies.needs', '=', stack)
      .where('stacks.deleted_at', 'is', null)
      .orderBy('dependencies.stack')
      .execute();
    return rows.map((row) => row.stack);
  },
  async replace(tx, { repository, wanted, isOver }) {
    const rows = await tx.selectFrom('dependencies').selectAll().where('repository', '=', repository).execute();
    const before = new Map(rows.map((row) => [keyOf(row), row]));
    const after = new Map(wanted.map((one) => [keyOf(one), toRow(repository, one)]));
    const left = await sqlDependencyStore.known(tx, [...new Set(rows.map(({ stack }) => stack))]);
    const gone = rows.filter((row) => !after.has(keyOf(row)) && (isOver(row.stack) || !left.has(row.stack)));
    const fresh = [...after].filter(([key, row]) => !isSame(before.get(key), row)).map(([, row]) => row);
    for (const { stack, needs, via } of gone) {
      await tx
        .deleteFrom('dependencies')
        .where('stack', '=', stack)
        .where('needs', '=', needs)
        .where('via', '=', via)
        .execute();
    }
    for (let i = 0; i < fresh.length; i += CHUNK) {
      await tx
        .insertInto('dependencies')
        .values(fresh.slice(i, i + CHUNK))
        .onConflict((conflict) =>
          conflict.columns(['stack', 'needs', 'via']).doUpdateSet((eb) => ({
            repository: eb.ref('excluded.repository'),
            outputs: eb.ref('excluded.outputs'),
            evidence: eb.ref('excluded.evidence'),
          })),
        )
        .execute();
    }
  },
  async known(db, names) {
    const found = new Set<string>();
    for (const chunk of chunks(names)) {
      const rows = await db
        .selectFrom('stacks')
        .select('name')
        .where('name', 'in', chunk)
        .where('retired_at', 'is', null)
        .execute();
      for (const { name } of rows) found.add(name);
    }
    return found;
  },
  async queued(tx, stacks) {
    const query = (chunk: string[]) =>
      tx
        .selectFrom('runs')
        .selectAll()
        .where('status', '=', 'queued')
        .where((eb) => eb.or([eb('kind', 'in', ['plan', 'destroy']), eb('waits_on', 'is not', null)]))
        .where('stack', 'in', chunk)
        .execute();
    return (await Promise.all(chunks(stacks).map(query))).flat();
  },
  async open(tx, stacks) {
    const query = (chunk: string[]) =>
      tx
        .selectFrom('runs')
        .selectAll()
        .where('status', 'in', open)
        .where('kind', '<>', 'drift')
        .where('stack', 'in', chunk)
        .orderBy('id')
        .execute();
    return (await Promise.all(chunks(stacks).map(query))).flat();
  },
  async runs(tx, ids) {
    const query = (chunk: string[]) => tx.selectFrom('runs').selectAll().where('id', 'in', chunk).execute();
    return (await Promise.all(chunks(ids).map(query))).flat();
  },
  async rows(tx, stacks) {
    const query = (chunk: string[]) => tx.selectFrom('stacks').selectAll().where('name', 'in', chunk).execute();
    return (await Promise.all(chunks(stacks).map(query))).flat();
  },
  async setWaits(tx, run, { on, provisional, at }) {
    const waits = on.length === 0 ? null : JSON.stringify(on);
    if (waits === run.waits_on && provisional === run.provisional) return;
    await tx
      .updateTable('runs')
      .set({ waits_on: waits, waits_since: waits === null ? null : (run.waits_since ?? at), provisional })
      .where('id', '=', run.id)
      .where('status', '=', 'queued')
      .execute();
  },
  longWaits(tx, before) {
    return tx
      .selectFrom('runs')
      .selectAll()
      .where('status', '=', 'queued')
      .where('waits_on', 'is not', null)
      .where('waits_since', '<', before)
      .where('waits_told_at', 'is', null)
      .limit(100)
      .execute();
  },
  async setTold(tx, run, at) {
    await tx.updateTable('runs').set({ waits_told_at: at }).where('id', '=', run).execute();
  },
  async newestReading(db, stack, since) {
    const readings = readingsOf(db, stack).limit(1);
    const asked =
      since === null ? readings.where('status', '=', 'unchanged') : readings.where('created_at', '>=', since);
    return (await asked.executeTakeFirst()) ?? null;
  },
  readings(db, stack, limit) {
    return readingsOf(db, stack).where('status', '=', 'unchanged').limit(limit).execute();
  },
  async isPlannedSince(tx, stack, since) {
    const row = await tx
      .selectFrom('runs')
      .select('id')
      .where('stack', '=', stack)
      .where('kind', '=', 'plan')
      .where('speculative', '=', 0)
      .where('started_at', '>=', since)
      .limit(1)
      .executeTakeFirst();
    return row !== undefined;
  },
  async setDue(tx, stack, run) {
    await tx.updateTable('stacks').set({ outputs_due: run }).where('name', '=', stack).execute();
  },
  async due(db) {
    const rows = await db
      .selectFrom('stacks')
      .select(['name', 'outputs_due'])
      .where('outputs_due', 'is not', null)
      .limit(200)
      .execute();
    return rows.map(({ name, outputs_due: run }) => ({ stack: name, run: run ?? '' }));
  },
  async clearDue(tx, { stack, run }) {
    await tx
      .updateTable('stacks')
      .set({ outputs_due: null })
      .where('name', '=', stack)
      .where('outputs_due', '=', run)
      .execute();
  },
};

function readingsOf(db: Reader, stack: string) {
  return db
    .selectFrom('runs')
    .selectAll()
    .where('stack', '=', stack)
    .where('kind', '=', 'refresh')
    .where('speculative', '=', 1)
    .where('trigger', '=', 'dependency')
    .orderBy('id', 'desc');
}

function chunks(all: readonly string[]): string[][] {
  const out: string[][] = [];
  for (let i = 0; i < all.length; i += CHUNK) out.push(all.slice(i, i + CHUNK));
  return out;
}

function keyOf({ stack, needs, via }: { stack: string; needs: string; via: string }): string {
  return `${stack}\0${needs}\0${via}`;
}

function toRow(repository: string, { outputs, ...rest }: Dependency): DependencyTable {
  return { ...rest, repository, outputs: outputs && JSON.stringify(outputs) };
}

function fromRow({ repository: _repository, outputs, ...rest }: DependencyTable): Dependency {
  return { ...rest, outputs: outputs === null ? null : JSON.parse(outputs) };
}

function isSame(a: DependencyTable | undefined, b: DependencyTable): boolean {
  return a !== undefined && a.outputs === b.outputs && a.evidence === b.evidence && a.repository === b.repository;
}
