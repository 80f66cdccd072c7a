import { afterEach, beforeEach, expect, test } from 'vitest';
import type { AdoptRequest } from '../../src/features/execution/adopt-protocol.ts';
import { type Database, openDatabase } from '../../src/platform/db/open-database.ts';
import { claimRequest } from '../support/execution-fixtures.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { executionParts, LEASE_MS, planned } from '../support/outcome-fixtures.ts';
import { affectedStack, headOf, runParts, saveStack } from '../support/run-fixtures.ts';

const HOUR_MS = 3_600_000;
let db: Database;
let clock: ManualClock;
let execution: ReturnType<typeof executionParts>;
let run = '';

beforeEach(async () => {
  db = await openDatabase({ file: ':memory:' });
  clock = new ManualClock();
  const parts = runParts(db, clock);
  execution = executionParts(db, parts, clock);
  await saveStack(db, 'a', '1');
  await db.transaction().execute((tx) => parts.planner.planHead(tx, headOf('a'.repeat(40), [affectedStack('a', '1')])));
  run = (await execution.claims.claim(claimRequest('c1')))?.run ?? '';
});
afterEach(() => db.destroy());

const adopt = (attempt: number, more: Partial<AdoptRequest> = {}) =>
  execution.adoptions.adopt({ run, attempt, worker: 'w1', root: '/root', evidence: 'running', ...more });

test('an adoption whose answer was lost is answered again: the same attempt, which may report', async () => {
  expect((await adopt(1)).attempt).toBe(2);
  clock.advance(LEASE_MS - 1);
  // The worker, or its next life, never heard of attempt 2.
  expect((await adopt(1)).attempt).toBe(2);
  clock.advance(LEASE_MS - 1);
  expect(await execution.sweep.runOnce()).toBe(0);
  expect((await adopt(2)).attempt).toBe(3);
  await expect(adopt(1)).rejects.toMatchObject({ code: 'fenced' });
  expect(await execution.outcomes.record(run, 'w1', planned(3, 1))).toMatchObject({ status: 'awaiting_approval' });
  await expect(adopt(2)).rejects.toMatchObject({ code: 'fenced' });
});

test('an adoption is remembered for as long as its run is held, and no longer', async () => {
  await adopt(1);
  clock.advance(2 * HOUR_MS);
  await execution.workers.dropClaims(clock.now() - HOUR_MS);
  expect((await adopt(1)).attempt).toBe(2);
  await execution.outcomes.record(run, 'w1', planned(2, 1));
  await execution.workers.dropClaims(clock.now() - HOUR_MS);
  expect(await db.selectFrom('claims').selectAll().execute()).toEqual([]);
});

test('a directory of an attempt that was given to another since is fenced, also in the same root', async () => {
  clock.advance(LEASE_MS + 1);
  expect(await execution.sweep.runOnce()).toBe(1);
  expect((await execution.claims.claim(claimRequest('c2')))?.attempt).toBe(2);
  await expect(adopt(1)).rejects.toMatchObject({ code: 'fenced' });
  await expect(adopt(2, { root: '/elsewhere' })).rejects.toMatchObject({ code: 'fenced' });
  expect((await adopt(2)).attempt).toBe(3);
});
