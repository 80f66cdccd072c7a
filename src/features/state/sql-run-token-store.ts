import type { Phase } from '../../kernel/run-status.ts';
import { compiledOnce } from '../../platform/db/compiled-once.ts';
import type { RunTokenTable } from '../../platform/db/schema.ts';
import type { Reader, Tx } from '../locks/index.ts';
import type { StateCaller } from './state-rights.ts';

/** Keeps a token's hash. */
export async function insertRunToken(tx: Tx, row: RunTokenTable): Promise<void> {
  const { digest, run, stack, phase, created_at, ended_at } = row;
  await insertToken(tx, digest, run, stack, phase, created_at, ended_at);
}

const insertToken = compiledOnce(
  (db, digest: string, run: string, stack: string, phase: Phase, created_at: number, ended_at: number | null) =>
    db.insertInto('run_tokens').values({ digest, run, stack, phase, created_at, ended_at }),
);

/** The run behind a token's hash, with its status; null where there is none. */
export async function findRunToken(db: Reader, digest: string): Promise<StateCaller | null> {
  const [row] = await selectCaller(db, digest);
  if (!row) return null;
  const { run, stack, phase, status } = row;
  return { kind: 'run', digest, run, stack, phase, status, hasEnded: row.ended_at !== null };
}

/** Marks all tokens of a run as ended. */
export async function endRunTokens(tx: Tx, run: string, at: number): Promise<void> {
  await tx
    .updateTable('run_tokens')
    .set({ ended_at: at })
    .where('run', '=', run)
    .where('ended_at', 'is', null)
    .execute();
}

const selectCaller = compiledOnce((db, digest: string) =>
  db
    .selectFrom('run_tokens')
    .innerJoin('runs', 'runs.id', 'run_tokens.run')
    .select(['run_tokens.run', 'run_tokens.stack', 'run_tokens.phase', 'run_tokens.ended_at', 'runs.status'])
    .where('run_tokens.digest', '=', digest),
);
