import { type ExpressionBuilder, type Kysely, type SqlBool, sql } from 'kysely';
import { MOVING, type RunStatus } from '../../kernel/run-status.ts';
import type { DatabaseSchema } from '../../platform/db/schema.ts';
import type { Admissible, AdmissibleFilter } from './run-store.ts';

const moving = [...MOVING] as RunStatus[];
type Builder = ExpressionBuilder<DatabaseSchema, 'runs'>;

/** Which queued runs go before which: pushes, then what people asked for, then drift. */
const PLAN_RANKS = [
  sql<SqlBool>`runs.kind <> 'drift' and runs.trigger not in ('manual', 'retry')`,
  sql<SqlBool>`runs.kind <> 'drift' and runs.trigger in ('manual', 'retry')`,
  sql<SqlBool>`runs.kind = 'drift'`,
];

/**
 * Runs that a worker could claim now, best first: applies, then pushes, then what people asked for, then drift; older
 * first within each. A queued run waits while any run of its stack moves, and
 * for what its stack needs; an approved one is itself the moving run, and
 * waits while its stack is blocked, or locked by somebody else.
 */
export async function selectAdmissible(
  db: Kysely<DatabaseSchema>,
  limit: number,
  { plans, applies }: AdmissibleFilter,
): Promise<Admissible[]> {
  const found: Admissible[] = [];
  // Rank by rank, each along an index and no further than needed: sorting all of them costs a millisecond a claim.
  if (applies) found.push(...(await selectFree(db, limit, (eb) => isFreeApply(eb, applies))));
  for (const rank of plans ? PLAN_RANKS : []) {
    if (found.length === limit) break;
    found.push(...(await selectFree(db, limit - found.length, (eb) => eb.and([isFreePlan(eb), rank]))));
  }
  return found;
}

async function selectFree(
  db: Kysely<DatabaseSchema>,
  limit: number,
  isFree: (eb: Builder) => ReturnType<typeof isFreePlan>,
): Promise<Admissible[]> {
  const rows = await db
    .selectFrom('runs')
    .select(['id', 'stack', 'status', 'attempt'])
    .where(isFree)
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

function isFreePlan(eb: Builder) {
  const other = eb
    .selectFrom('runs as other')
    .select('other.id')
    .whereRef('other.stack', '=', 'runs.stack')
    .where('other.status', 'in', moving);
  return eb.and([eb('status', '=', 'queued'), eb('waits_on', 'is', null), eb.not(eb.exists(other))]);
}

function isFreeApply(eb: Builder, { root }: { readonly root?: string }) {
  const lock = eb
    .selectFrom('locks')
    .select('locks.stack')
    .whereRef('locks.stack', '=', 'runs.stack')
    .where((of) => of.or([of('locks.run', 'is', null), of('locks.run', '<>', of.ref('runs.id'))]));
  const block = eb
    .selectFrom('stacks')
    .select('stacks.name')
    .whereRef('stacks.name', '=', 'runs.stack')
    .where('stacks.blocked', 'is not', null);
  const isHere = root === undefined ? [] : [eb('root', '=', root)];
  return eb.and([eb('status', '=', 'approved'), eb.not(eb.exists(lock)), eb.not(eb.exists(block)), ...isHere]);
}
