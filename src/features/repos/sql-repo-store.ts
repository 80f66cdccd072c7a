import { type Kysely, sql, type Transaction } from 'kysely';
import { compiledOnce } from '../../platform/db/compiled-once.ts';
import type { DatabaseSchema, RepositoryTable } from '../../platform/db/schema.ts';
import { findRenamed, type RepositoryPlace, type RepositoryRename } from './find-renamed.ts';
import type { ProcessedHead } from './head-processor.ts';
import type { Head, LookRecord, RepoStore } from './repo-store.ts';
import { renameRepository } from './sql-repo-names.ts';

// What every poll asks and writes: a hundred repositories that nobody pushes to are polled for ever.
const selectByName = compiledOnce((db, name: string) =>
  db.selectFrom('repositories').selectAll().where('name', '=', name),
);
const selectNewestOpenHead = compiledOnce((db, repository: string) =>
  db
    .selectFrom('heads')
    .selectAll()
    .where('repository', '=', repository)
    .where('processed_at', 'is', null)
    .orderBy('id', 'desc')
    // A literal: SQLite plans a statement anew each time a limit is bound.
    .limit(sql.lit(1)),
);
const updateLook = compiledOnce(
  (
    db,
    name: string,
    status: RepositoryTable['status'],
    error: string | null,
    failures: number,
    polledAt: number,
    nextPollAt: number,
    hintAt: number | null,
  ) =>
    db
      .updateTable('repositories')
      .set(({ fn, val, ref }) => ({
        ...{ status, error, failures, polled_at: polledAt, next_poll_at: nextPollAt },
        hint_at: fn.coalesce(val(hintAt), ref('hint_at')),
      }))
      .where('name', '=', name),
);

/** `RepoStore` on the database. */
export class SqlRepoStore implements RepoStore {
  readonly #db: Kysely<DatabaseSchema>;
  /** Looks that found nothing new, which are not written down each time. */
  readonly #glances = new Map<string, { readonly polled_at: number; readonly next_poll_at: number }>();

  constructor(db: Kysely<DatabaseSchema>) {
    this.#db = db;
  }

  async renamed(repositories: readonly RepositoryPlace[]): Promise<RepositoryRename[]> {
    const known = await this.#db.selectFrom('repositories').select(['name', 'url', 'branch']).execute();
    return findRenamed(known, repositories);
  }

  async configure(repositories: readonly RepositoryPlace[], renamed: readonly RepositoryRename[]): Promise<void> {
    await this.#db.transaction().execute(async (tx) => {
      for (const { from, to } of renamed) await renameRepository(tx, from, to);
      for (const { name, url, branch } of repositories) {
        await tx
          .insertInto('repositories')
          .values({ name, url, branch, status: 'new', failures: 0, next_poll_at: 0 } as RepositoryTable)
          .onConflict((conflict) => conflict.column('name').doUpdateSet({ url, branch }))
          .execute();
      }
    });
  }

  async list(): Promise<RepositoryTable[]> {
    const rows = await this.#db.selectFrom('repositories').selectAll().orderBy('name').execute();
    return rows.map((row) => ({ ...row, ...this.#glances.get(row.name) }));
  }

  async find(name: string): Promise<RepositoryTable | null> {
    const [row] = await selectByName(this.#db, name);
    return row ?? null;
  }

  glanced(name: string, look: Pick<LookRecord, 'polledAt' | 'nextPollAt'>): void {
    this.#glances.set(name, { polled_at: look.polledAt, next_poll_at: look.nextPollAt });
  }

  async recordLook(name: string, look: LookRecord): Promise<void> {
    this.glanced(name, look);
    const { status, error, failures, polledAt, nextPollAt, hintAt } = look;
    await updateLook(this.#db, name, status, error, failures, polledAt, nextPollAt, hintAt);
  }

  async addHead(head: { repository: string; commit: string; at: number }): Promise<void> {
    await this.#db.transaction().execute(async (tx) => {
      await tx
        .insertInto('heads')
        .values({
          repository: head.repository,
          commit_sha: head.commit,
          seen_at: head.at,
          processed_at: null,
          error: null,
        })
        .execute();
      await tx
        .updateTable('repositories')
        .set({ head_commit: head.commit })
        .where('name', '=', head.repository)
        .execute();
    });
  }

  async reopenHead(tx: Transaction<DatabaseSchema>, repository: string, at: number): Promise<void> {
    const row = await tx.selectFrom('repositories').selectAll().where('name', '=', repository).executeTakeFirst();
    if (!row?.processed_commit || row.processed_commit !== row.head_commit) return;
    const open = tx
      .selectFrom('heads')
      .select('id')
      .where('repository', '=', repository)
      .where('processed_at', 'is', null);
    if (await open.executeTakeFirst()) return;
    const head = { repository, commit_sha: row.processed_commit, seen_at: at, processed_at: null, error: null };
    await tx.insertInto('heads').values(head).execute();
  }

  async newestOpenHead(repository: string): Promise<Head | null> {
    const [row] = await selectNewestOpenHead(this.#db, repository);
    return row ?? null;
  }

  async recordHeadError(head: Head, error: string, configError: string | null): Promise<void> {
    await this.#db.transaction().execute(async (tx) => {
      await tx.updateTable('heads').set({ error }).where('id', '=', head.id).execute();
      await tx
        .updateTable('repositories')
        .set({ config_error: configError })
        .where('name', '=', head.repository)
        .execute();
    });
  }

  async markProcessed(tx: Transaction<DatabaseSchema>, head: ProcessedHead): Promise<void> {
    const newest = await tx
      .selectFrom('heads')
      .select('id')
      .where('repository', '=', head.repository)
      .where('commit_sha', '=', head.commit)
      .orderBy('id', 'desc')
      .executeTakeFirst();
    await tx
      .updateTable('heads')
      .set({ processed_at: head.at })
      .where('repository', '=', head.repository)
      .where('processed_at', 'is', null)
      .where('id', '<=', newest?.id ?? 0)
      .execute();
    await tx
      .updateTable('repositories')
      .set({ processed_commit: head.commit, config_error: head.configError ?? null })
      .where('name', '=', head.repository)
      .execute();
  }
}
