import { type Kysely, sql } from 'kysely';
import { MOVING, type RunStatus } from '../../kernel/run-status.ts';
import type { DatabaseSchema } from '../../platform/db/schema.ts';
import type { Admissible } from './run-store.ts';

const moving = [...MOVING] as RunStatus[];

/**
 * Runs that a worker could claim now, best first: applies, then pushes, then what people asked for, then drift; older
 * first within each. A queued run waits while any run of its stack moves; an approved one is itself the moving run.
 */
export async function selectAdmissible(db: Kysely<DatabaseSchema>, limit: number): Promise<Admissible[]> {
  const rank = sql<number>`case when runs.status = 'approved' then 0 when runs.kind = 'drift' then 3
    when runs.trigger in ('manual', 'retry') then 2 else 1 end`;
  const rows = await db
    .selectFrom('runs')
    .select(['id', 'stack', 'status', 'attempt'])
    .where((eb) =>
      eb.or([
        eb('status', '=', 'approved'),
        eb.and([
          eb('status', '=', 'queued'),
          eb.not(
            eb.exists(
              eb
                .selectFrom('runs as other')
                .select('other.id')
                .whereRef('other.stack', '=', 'runs.stack')
                .where('other.status', 'in', moving),
            ),
          ),
        ]),
      ]),
    )
    .orderBy(rank)
    .orderBy('id')
    .limit(limit)
    .execute();
  return rows.map((row) => ({
    id: row.id,
    stack: row.stack,
    phase: row.status === 'approved' ? 'apply' : 'plan',
    attempt: row.attempt,
  }));
}
