import type { StackTable } from '../../platform/db/schema.ts';
import type { Tx } from '../runs/index.ts';
import { selectBound, selectBusy } from './sql-stack-bindings.ts';
import { renameStack } from './sql-stack-names.ts';
import type { StackStore } from './stack-store.ts';

/** How many rows or names go into one statement: SQLite takes 32,766 values. */
const CHUNK = 500;

/** `StackStore` on the database. */
export class SqlStackStore implements StackStore {
  readonly #isConfigured: (repository: string) => boolean;

  /** `isConfigured`: whether a repository is in server.yaml; by default every one is. */
  constructor(isConfigured: (repository: string) => boolean = () => true) {
    this.#isConfigured = isConfigured;
  }

  ofRepository(tx: Tx, repository: string): Promise<StackTable[]> {
    return tx.selectFrom('stacks').selectAll().where('repository', '=', repository).execute();
  }

  async unsettled(tx: Tx, repository: string, names: readonly string[]): Promise<StackTable[]> {
    const of = tx.selectFrom('stacks').selectAll().where('repository', '=', repository);
    const odd = await of
      .where('retired_at', 'is', null)
      .where((eb) => eb.or([eb('held', 'is not', null), eb('deleted_at', 'is not', null)]))
      .execute();
    const found = new Map(odd.map((row) => [row.name, row]));
    const wanted = names.filter((name) => !found.has(name));
    for (let i = 0; i < wanted.length; i += CHUNK) {
      const rows = await of.where('name', 'in', wanted.slice(i, i + CHUNK)).execute();
      for (const row of rows) found.set(row.name, row);
    }
    return [...found.values()];
  }

  async countSettled(tx: Tx, repository: string): Promise<number> {
    const { count } = await tx
      .selectFrom('stacks')
      .select((eb) => eb.fn.countAll<number | string>().as('count'))
      .where('repository', '=', repository)
      .where('held', 'is', null)
      .where('deleted_at', 'is', null)
      .executeTakeFirstOrThrow();
    return Number(count);
  }

  /** A repository that is no longer in server.yaml keeps the names of what it made, and no others. */
  async takenElsewhere(tx: Tx, repository: string, names: readonly string[]): Promise<Map<string, string>> {
    const out = new Map<string, string>();
    for (let i = 0; i < names.length; i += CHUNK) {
      const rows = await tx
        .selectFrom('stacks')
        .select(['name', 'repository', 'applied_commit'])
        .where('name', 'in', names.slice(i, i + CHUNK))
        .where('repository', '<>', repository)
        .where('retired_at', 'is', null)
        .execute();
      const removed = rows.filter((row) => !this.#isConfigured(row.repository));
      const bound = await selectBound(
        tx,
        removed.map(({ name }) => name),
      );
      for (const { name, repository: owner, applied_commit: applied } of rows) {
        if (this.#isConfigured(owner)) out.set(name, `repository "${owner}" has a stack of that name`);
        else if (applied !== null || bound.has(name)) {
          out.set(
            name,
            `repository "${owner}", which is no longer in server.yaml, has a stack of that name with a state: if this is that repository, call it "${owner}" in server.yaml again, and what it made is its own; if not, \`holdfast stacks mv ${name} OTHER\` gives that stack another name`,
          );
        }
      }
    }
    return out;
  }

  bound(tx: Tx, names: readonly string[]): Promise<Set<string>> {
    return selectBound(tx, names);
  }

  busy(tx: Tx, names: readonly string[]): Promise<Set<string>> {
    return selectBusy(tx, names);
  }

  rename(tx: Tx, from: string, to: string): Promise<void> {
    return renameStack(tx, from, to);
  }

  async save(tx: Tx, rows: readonly StackTable[]): Promise<void> {
    for (let i = 0; i < rows.length; i += CHUNK) {
      await tx
        .insertInto('stacks')
        .values(rows.slice(i, i + CHUNK))
        .onConflict((conflict) =>
          conflict.column('name').doUpdateSet((eb) => ({
            repository: eb.ref('excluded.repository'),
            dir: eb.ref('excluded.dir'),
            workspace: eb.ref('excluded.workspace'),
            engine: eb.ref('excluded.engine'),
            entry: eb.ref('excluded.entry'),
            inputs_digest: eb.ref('excluded.inputs_digest'),
            head_commit: eb.ref('excluded.head_commit'),
            unreadable: eb.ref('excluded.unreadable'),
            held: eb.ref('excluded.held'),
            deleted_at: eb.ref('excluded.deleted_at'),
            retired_at: eb.ref('excluded.retired_at'),
            deletion: eb.ref('excluded.deletion'),
            updated_at: eb.ref('excluded.updated_at'),
          })),
        )
        .execute();
    }
  }
}
