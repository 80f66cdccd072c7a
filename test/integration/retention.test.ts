import { afterEach, beforeEach, expect, test } from 'vitest';
import { RetentionLoop, SqlRetentionStore } from '../../src/features/retention/index.ts';
import { silentLogger } from '../../src/kernel/logger.ts';
import { type Database, openDatabase } from '../../src/platform/db/open-database.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { affectedStack, headOf, runParts, saveStack } from '../support/run-fixtures.ts';

const DAY = 86_400_000;
let db: Database;
let clock: ManualClock;
let forgotten: string[];
let loop: RetentionLoop;

beforeEach(async () => {
  db = await openDatabase({ file: ':memory:' });
  clock = new ManualClock();
  forgotten = [];
  const note = (kind: string) => async (what: string) => void forgotten.push(`${kind} ${what}`);
  loop = new RetentionLoop({
    store: new SqlRetentionStore(db),
    files: {
      deleteArtifact: note('artifact'),
      deleteLog: note('log'),
      deletePlan: note('plan'),
      releaseCommit: async ({ commit }) => void forgotten.push(`commit ${commit}`),
      sweepOrphans: async () => 0,
      pruneParsed: async () => {},
      sweepSyntheses: async () => 0,
    },
    times: { runsMs: 90 * DAY, plansMs: 7 * DAY, logsMs: 30 * DAY },
    clock,
    logger: silentLogger,
  });
});
afterEach(() => db.destroy());

/** A run of the stack at the commit that ended now. */
async function endedRun(stack: string, commit: string): Promise<string> {
  const { planner, service } = runParts(db, clock);
  await saveStack(db, stack, commit);
  const made = await db
    .transaction()
    .execute((tx) => planner.planHead(tx, headOf(commit, [affectedStack(stack, commit)])));
  await service.cancel(made.created[0] ?? '', 'token:test');
  return made.created[0] ?? '';
}

test('a log goes after its time, the run with everything of it after its own', async () => {
  const run = await endedRun('a', 'c1');
  clock.advance(31 * DAY);
  await loop.runOnce();
  expect(forgotten).toEqual([`log ${run}`]);
  clock.advance(60 * DAY);
  await loop.runOnce();
  expect(forgotten).toEqual([`log ${run}`, `log ${run}`, `plan ${run}`, 'commit c1']);
  expect(await db.selectFrom('runs').selectAll().execute()).toEqual([]);
  expect(await db.selectFrom('specs').selectAll().execute()).toEqual([]);
});

test('what a stack was applied with stays, and so does a commit that a younger run names', async () => {
  const applied = await endedRun('a', 'c1');
  await db.updateTable('stacks').set({ applied_run: applied, applied_commit: 'c1' }).where('name', '=', 'a').execute();
  await endedRun('b', 'c2');
  clock.advance(89 * DAY);
  const young = await endedRun('c', 'c2');
  clock.advance(2 * DAY);
  await loop.runOnce();
  const left = await db.selectFrom('runs').select('id').orderBy('id').execute();
  expect(left.map(({ id }) => id)).toEqual([applied, young]);
  expect(forgotten.filter((what) => what.startsWith('commit'))).toEqual([]);
});

test('a plan file goes when it expired, unless its run still waits with it', async () => {
  const { planner } = runParts(db, clock);
  await saveStack(db, 'w', 'x');
  const waiting = await db.transaction().execute((tx) => planner.planHead(tx, headOf('c', [affectedStack('w', 'x')])));
  const ended = await endedRun('a', 'c1');
  const row = { kind: 'plan', attempt: 1, digest: 'd', size: 1, created_at: 1, expires_at: clock.now() + 7 * DAY };
  await db
    .insertInto('artifacts')
    .values([
      { ...row, run: ended, path: 'ended' },
      { ...row, run: waiting.created[0] ?? '', path: 'waiting' },
    ])
    .execute();
  clock.advance(8 * DAY);
  await loop.runOnce();
  expect(forgotten).toEqual(['artifact ended']);
});
