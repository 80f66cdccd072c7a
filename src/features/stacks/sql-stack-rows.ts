import type { Selectable } from 'kysely';
import { OPEN, type RunStatus } from '../../kernel/run-status.ts';
import type { Database } from '../../platform/db/open-database.ts';
import type { StackTable } from '../../platform/db/schema.ts';
import type { StackRows } from './stack-reader.ts';
import type { StackCheck, StackRun } from './stack-view.ts';

/** Ends that say how the stack is, and not only that a newer run took over. */
const TELLING: readonly RunStatus[] = ['unchanged', 'planned', 'applied', 'failed', 'discarded', 'canceled', 'stale'];

const REMOVED =
  'its repository is no longer in server.yaml: nothing of it is planned; put it back, or let another stack have the name: holdfast stacks mv';

/** `StackRows` on the database. */
export class SqlStackRows implements StackRows {
  readonly #db: Database;
  readonly #isConfigured: (repository: string) => boolean;

  /** `isConfigured`: whether a repository is in server.yaml; by default every one is. */
  constructor(db: Database, isConfigured: (repository: string) => boolean = () => true) {
    this.#db = db;
    this.#isConfigured = isConfigured;
  }

  page(limit: number, cursor: string | null): Promise<StackTable[]> {
    let query = this.#db.selectFrom('stacks').selectAll().where('retired_at', 'is', null);
    if (cursor !== null) query = query.where('name', '>', cursor);
    return query.orderBy('name').limit(limit).execute();
  }

  async find(name: string): Promise<Selectable<StackTable> | null> {
    const row = await this.#db.selectFrom('stacks').selectAll().where('name', '=', name).executeTakeFirst();
    return row ?? null;
  }

  openRuns(stacks: readonly string[]): Promise<StackRun[]> {
    return this.#db
      .selectFrom('runs')
      .select(['id', 'stack', 'status', 'reason'])
      .where('stack', 'in', stacks)
      .where('status', 'in', OPEN)
      .orderBy('id', 'desc')
      .execute();
  }

  lastRuns(stacks: readonly string[]): Promise<StackRun[]> {
    return this.#db
      .selectFrom('runs')
      .select(['id', 'stack', 'status', 'reason'])
      .where('id', 'in', (eb) =>
        eb
          .selectFrom('runs')
          .select((run) => run.fn.max('id').as('newest'))
          .where('stack', 'in', stacks)
          .where('status', 'in', TELLING)
          .where('kind', '<>', 'drift')
          .where('speculative', '=', 0)
          .groupBy('stack'),
      )
      .execute();
  }

  checks(stacks: readonly string[]): Promise<StackCheck[]> {
    return this.#db
      .selectFrom('drift_stacks')
      .select(['stack', 'status', 'checked_at', 'findings'])
      .where('stack', 'in', stacks)
      .execute();
  }

  needs(stacks: readonly string[]): Promise<{ stack: string; needs: string }[]> {
    return this.#db
      .selectFrom('dependencies')
      .select(['stack', 'needs'])
      .distinct()
      .where('stack', 'in', stacks)
      .orderBy('needs')
      .execute();
  }

  async repositoryErrors(): Promise<Map<string, string>> {
    const rows = await this.#db.selectFrom('repositories').select(['name', 'error']).execute();
    const errors = rows.map(({ name, error }): [string, string | null] => [
      name,
      this.#isConfigured(name) ? error : REMOVED,
    ]);
    return new Map(errors.filter((entry): entry is [string, string] => entry[1] !== null));
  }
}
