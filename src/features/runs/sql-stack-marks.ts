import type { RunStatus } from '../../kernel/run-status.ts';
import type { Blocked } from './approval-decision.ts';
import type { StackMarks } from './stack-marks.ts';

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
