import { OPEN, type RunStatus } from '../../kernel/run-status.ts';
import type { Database } from '../../platform/db/open-database.ts';
import type { CommitRef, RetentionStore } from './retention-loop.ts';

const open = [...OPEN] as RunStatus[];

/** What may be forgotten, in SQL. Runs that a stack names as its last applied one always stay. */
export class SqlRetentionStore implements RetentionStore {
  readonly #db: Database;

  constructor(db: Database) {
    this.#db = db;
  }

  expiredArtifacts(now: number, limit: number) {
    return this.#db
      .selectFrom('artifacts')
      .innerJoin('runs', 'runs.id', 'artifacts.run')
      .select(['artifacts.run', 'artifacts.kind', 'artifacts.attempt', 'artifacts.path'])
      .where('artifacts.expires_at', '<', now)
      .where('runs.status', 'not in', open)
      .limit(limit)
      .execute();
  }

  async forgetArtifact(artifact: { run: string; kind: string; attempt: number }): Promise<void> {
    await this.#db
      .deleteFrom('artifacts')
      .where('run', '=', artifact.run)
      .where('kind', '=', artifact.kind)
      .where('attempt', '=', artifact.attempt)
      .execute();
  }

  async runsWithOldLogs(before: number, limit: number): Promise<string[]> {
    const rows = await this.#db
      .selectFrom('runs')
      .select('id')
      .where('finished_at', '<', before)
      .where('log_size', '>=', 0)
      .limit(limit)
      .execute();
    return rows.map((row) => row.id);
  }

  async forgetLog(run: string): Promise<void> {
    await this.#db.updateTable('runs').set({ log_size: -1 }).where('id', '=', run).execute();
  }

  async deleteRuns(before: number, limit: number) {
    return this.#db.transaction().execute(async (tx) => {
      const rows = await tx
        .selectFrom('runs')
        .select(['id', 'repository', 'commit_sha as commit'])
        .where('finished_at', '<', before)
        .where((eb) =>
          eb.not(eb.exists(eb.selectFrom('stacks').select('name').whereRef('applied_run', '=', 'runs.id'))),
        )
        .where((eb) => eb.not(eb.exists(eb.selectFrom('artifacts').select('path').whereRef('run', '=', 'runs.id'))))
        .limit(limit)
        .execute();
      const ids = rows.map((row) => row.id);
      if (ids.length === 0) return rows;
      await tx.deleteFrom('run_tokens').where('run', 'in', ids).execute();
      await tx.deleteFrom('notifications').where('run', 'in', ids).where('status', '<>', 'pending').execute();
      await tx.deleteFrom('runs').where('id', 'in', ids).execute();
      return rows;
    });
  }

  deleteHeads(before: number, limit: number): Promise<CommitRef[]> {
    return this.#db
      .deleteFrom('heads')
      .where('id', 'in', (eb) => eb.selectFrom('heads').select('id').where('processed_at', '<', before).limit(limit))
      .returning(['repository', 'commit_sha as commit'])
      .execute();
  }

  async unnamed(commits: readonly CommitRef[]): Promise<CommitRef[]> {
    const free: CommitRef[] = [];
    const seen = new Set<string>();
    for (const { repository, commit } of commits) {
      if (seen.has(`${repository} ${commit}`)) continue;
      seen.add(`${repository} ${commit}`);
      if (!(await this.#isNamed(repository, commit))) free.push({ repository, commit });
    }
    return free;
  }

  async deleteLeftovers(before: number, limit: number): Promise<number> {
    const db = this.#db;
    const notes = await db
      .deleteFrom('notifications')
      .where('id', 'in', (eb) =>
        eb
          .selectFrom('notifications')
          .select('id')
          .where('created_at', '<', before)
          .where('status', '<>', 'pending')
          .limit(limit),
      )
      .executeTakeFirst();
    const specs = await db
      .deleteFrom('specs')
      .where('digest', 'in', (eb) =>
        eb
          .selectFrom('specs')
          .select('digest')
          .where('created_at', '<', before)
          .where((e) => e.not(e.exists(e.selectFrom('runs').select('id').whereRef('spec_digest', '=', 'specs.digest'))))
          .where((e) =>
            e.not(e.exists(e.selectFrom('stacks').select('name').whereRef('applied_spec', '=', 'specs.digest'))),
          )
          .limit(limit),
      )
      .executeTakeFirst();
    return [notes, specs].reduce((sum, result) => sum + Number(result.numDeletedRows), 0);
  }

  async #isNamed(repository: string, commit: string): Promise<boolean> {
    const run = await this.#db
      .selectFrom('runs')
      .select('id')
      .where('repository', '=', repository)
      .where('commit_sha', '=', commit)
      .limit(1)
      .executeTakeFirst();
    if (run) return true;
    const stack = await this.#db
      .selectFrom('stacks')
      .select('name')
      .where('repository', '=', repository)
      .where((eb) => eb.or([eb('applied_commit', '=', commit), eb('head_commit', '=', commit)]))
      .limit(1)
      .executeTakeFirst();
    if (stack) return true;
    const row = await this.#db
      .selectFrom('repositories')
      .select('name')
      .where('name', '=', repository)
      .where((eb) => eb.or([eb('head_commit', '=', commit), eb('processed_commit', '=', commit)]))
      .executeTakeFirst();
    return row !== undefined;
  }
}
