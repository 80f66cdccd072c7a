import type { ExpressionBuilder } from 'kysely';
import type { RunStatus } from '../../kernel/run-status.ts';
import type { DatabaseSchema } from '../../platform/db/schema.ts';
import type { Blocked } from './approval-decision.ts';
import type { StackMarks } from './stack-marks.ts';

/** Ends of applies that may have made something. */
const EFFECTIVE_ENDS = ['applied', 'applied_lock_stuck', 'partial_saved', 'unsaved_state', 'orphans'];

/** Whether a run's apply may have made something, or may be about to. */
export const hasTouchedTheWorld = (eb: ExpressionBuilder<DatabaseSchema, 'runs'>) =>
  eb.or([eb('runs.end', 'in', EFFECTIVE_ENDS), eb('runs.status', 'in', ['applying', 'interrupted'])]);

/** Ends that a run comes to by itself. */
const OWN_ENDS: readonly RunStatus[] = ['unchanged', 'applied', 'failed'];

/** `StackMarks` in the table `stacks`. */
export const sqlStackMarks: StackMarks = {
  async find(db, stack) {
    const row = await db
      .selectFrom('stacks')
      .select(['repository', 'entry', 'blocked'])
      .where('name', '=', stack)
      .executeTakeFirst();
    if (!row) return null;
    const blocked = row.blocked === null ? null : (JSON.parse(row.blocked) as Blocked);
    return { repository: row.repository, entry: JSON.parse(row.entry), blocked };
  },
  async setBlocked(tx, stack, blocked, at) {
    const result = await tx
      .updateTable('stacks')
      .set({ blocked: blocked && JSON.stringify(blocked), updated_at: at })
      .where('name', '=', stack)
      .executeTakeFirst();
    return result.numUpdatedRows === 1n;
  },
  async setApplied(tx, run, at) {
    if (run.kind !== 'plan' && run.kind !== 'destroy') return;
    const isGone = run.kind === 'destroy';
    await tx
      .updateTable('stacks')
      .set({
        applied_commit: isGone ? null : run.commit_sha,
        applied_run: isGone ? null : run.id,
        applied_spec: isGone ? null : run.spec_digest,
        updated_at: at,
      })
      .where('name', '=', run.stack)
      .execute();
    if (!isGone) return;
    await tx
      .updateTable('stacks')
      .set({ retired_at: at, deletion: null, held: null, blocked: null })
      .where('name', '=', run.stack)
      .where('deleted_at', 'is not', null)
      .execute();
  },
  async lastApplied(db, stack) {
    const row = await db
      .selectFrom('stacks')
      .select(['applied_commit', 'applied_run', 'applied_spec'])
      .where('name', '=', stack)
      .executeTakeFirst();
    if (row?.applied_commit && row.applied_spec) {
      return { run: row.applied_run, commit: row.applied_commit, specDigest: row.applied_spec };
    }
    const run = await db
      .selectFrom('runs')
      .select(['id', 'kind', 'status', 'commit_sha', 'spec_digest'])
      .where('stack', '=', stack)
      .where(hasTouchedTheWorld)
      .orderBy('id', 'desc')
      .limit(1)
      .executeTakeFirst();
    if (!run || (run.kind === 'destroy' && run.status === 'applied')) return null;
    return { run: run.id, commit: run.commit_sha, specDigest: run.spec_digest };
  },
  async setHeld(tx, stack, held, at) {
    await tx.updateTable('stacks').set({ held, updated_at: at }).where('name', '=', stack).execute();
  },
  async previousFailed(db, run) {
    const row = await db
      .selectFrom('runs')
      .select('status')
      .where('stack', '=', run.stack)
      .where('id', '<', run.id)
      .where('kind', '<>', 'drift')
      .where('speculative', '=', 0)
      .where('status', 'in', OWN_ENDS)
      .orderBy('id', 'desc')
      .limit(1)
      .executeTakeFirst();
    return row?.status === 'failed';
  },
};
