import { type ExpressionBuilder, type Kysely, type SqlBool, sql } from 'kysely';
import { MOVING, type RunStatus } from '../../kernel/run-status.ts';
import { compiledOnce } from '../../platform/db/compiled-once.ts';
import type { DatabaseSchema, RunTable } from '../../platform/db/schema.ts';
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
  if (applies) found.push(...(await selectApplies(db, limit, applies)));
  for (const select of plans ? PLANS_BY_RANK : []) {
    if (found.length === limit) break;
    found.push(...(await select(db, limit - found.length)).map(admissibleOf));
  }
  return found;
}

async function selectApplies(
  db: Kysely<DatabaseSchema>,
  limit: number,
  { root }: { readonly root?: string },
): Promise<Admissible[]> {
  const rows = root === undefined ? await selectAllApplies(db, limit) : await selectAppliesOf(db, limit, root);
  return rows.map(admissibleOf);
}

function admissibleOf(row: Pick<RunTable, 'id' | 'stack' | 'status' | 'attempt' | 'root'>): Admissible {
  const { id, stack, status, attempt, root } = row;
  if (status !== 'approved') return { id, stack, phase: 'plan', attempt };
  return { id, stack, phase: 'apply', attempt, ...(root === null ? {} : { root }) };
}

function isFreePlan(eb: Builder) {
  const other = eb
    .selectFrom('runs as other')
    .select('other.id')
    .whereRef('other.stack', '=', 'runs.stack')
    .where('other.status', 'in', moving);
  return eb.and([eb('status', '=', 'queued'), eb('waits_on', 'is', null), eb.not(eb.exists(other))]);
}

function isFreeApply(eb: Builder) {
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
  return eb.and([eb('status', '=', 'approved'), eb.not(eb.exists(lock)), eb.not(eb.exists(block))]);
}

const first = (db: Kysely<DatabaseSchema>, limit: number) =>
  db.selectFrom('runs').select(['id', 'stack', 'status', 'attempt', 'root']).orderBy('id').limit(limit);

const PLANS_BY_RANK = PLAN_RANKS.map((rank) =>
  compiledOnce((db, limit: number) => first(db, limit).where((eb) => eb.and([isFreePlan(eb), rank]))),
);

const selectAllApplies = compiledOnce((db, limit: number) => first(db, limit).where(isFreeApply));

const selectAppliesOf = compiledOnce((db, limit: number, root: string) =>
  first(db, limit).where(isFreeApply).where('root', '=', root),
);
