import { join } from 'node:path';
import { createDriftSide, createDriftWatch } from '../src/compose/drift-side.ts';
import type { ServerConfig } from '../src/config/server-config.ts';
import { NewsWriter, SqlNotificationStore } from '../src/features/notifications/index.ts';
import { RunDoor, type RunStore, SqlRunStore } from '../src/features/runs/index.ts';
import { type Clock, systemClock } from '../src/kernel/clock.ts';
import { silentLogger } from '../src/kernel/logger.ts';
import { EMPTY_SUMMARY } from '../src/kernel/plan-outcome.ts';
import { systemRandom } from '../src/kernel/random.ts';
import { type Database, openDatabase } from '../src/platform/db/open-database.ts';
import { createJumpingClock } from '../test/support/jumping-clock.ts';
import { withPlace } from './harness/bench-place.ts';
import { fillStacks } from './harness/drift-rows.ts';
import { type BenchOptions, type BenchRow, percentile, valueAtMost } from './harness/report.ts';

const HOUR = 3_600_000;
const MINUTE = 60_000;

/**
 * B10: ten thousand schedules in one database. The peak: checks a minute over one interval, on a clock that jumps. The lag:
 * from when a check is due to its run, on the real clock, with a sixth of an hour as the interval.
 */
export async function runB10({ isQuick, say }: BenchOptions): Promise<{ rows: BenchRow[] }> {
  const count = isQuick ? 2000 : 10_000;
  const peak = await withPlace((dir) => measurePeak(join(dir, 'peak.db'), count));
  say(`B10: peak ${peak.toFixed(2)}× of the mean`);
  const lags = await withPlace((dir) => measureLags(join(dir, 'lag.db'), count, isQuick ? 10_000 : 60_000));
  say(`B10: ${lags.length} checks, lag p50 ${percentile(lags, 0.5)} ms`);
  return {
    rows: [
      valueAtMost(
        { id: 'B10', what: `${count} drift schedules: most checks a minute, of their mean`, value: peak },
        1.3,
        '×',
      ),
      valueAtMost(
        { id: 'B10', what: `${count} drift schedules: from due to queued, p95, ms`, value: percentile(lags, 0.95) },
        300,
        'ms',
      ),
    ],
  };
}

async function measurePeak(file: string, count: number): Promise<number> {
  const clock = createJumpingClock(Date.parse('2026-11-21T09:00:00Z'));
  const db = await openDatabase({ file });
  const from = clock.now();
  await fillStacks(db, { count, everyMs: HOUR, now: from });
  const instance = openSchedule(db, clock, HOUR);
  instance.loop.start();
  while (clock.now() < from + HOUR) await instance.endAll();
  await instance.loop.stop();
  const made = await madeRuns(db, from + HOUR);
  await db.destroy();
  const minutes = new Map<number, number>();
  for (const { created_at } of made) {
    const minute = Math.floor((created_at - from) / MINUTE);
    minutes.set(minute, (minutes.get(minute) ?? 0) + 1);
  }
  return Math.max(...minutes.values()) / (made.length / 60);
}

async function measureLags(file: string, count: number, forMs: number): Promise<number[]> {
  const db = await openDatabase({ file });
  const everyMs = HOUR / 6;
  const from = systemClock.now();
  const due = await fillStacks(db, { count, everyMs, now: from });
  const instance = openSchedule(db, systemClock, everyMs);
  instance.loop.start();
  while (systemClock.now() < from + forMs) await instance.endAll();
  await instance.loop.stop();
  const made = await madeRuns(db, from + forMs);
  await db.destroy();
  return made.map(({ stack, created_at }) => created_at - (due.get(stack) ?? Number.NaN));
}

function madeRuns(db: Database, until: number) {
  return db.selectFrom('runs').select(['stack', 'created_at']).where('created_at', '<', until).execute();
}

/** Drift as an instance has it, with checks that end as soon as they are looked at. */
function openSchedule(db: Database, clock: Clock, everyMs: number) {
  const drift = { everyMs, maxConcurrent: 100, breakerPercent: 30, report: null };
  const config = { drift, retention: { runsMs: 90 * 24 * HOUR } } as ServerConfig;
  const runs = new SqlRunStore(db);
  const store = new SqlNotificationStore(db);
  const shared = { db, config, clock, random: systemRandom };
  const news = new NewsWriter({ ...shared, store, channels: [], runUrl: String, homeUrl: String, wake: () => {} });
  const empty = { summary: EMPTY_SUMMARY, changes: [], drift: [], outputs: [], left_out: 0 };
  const watch = createDriftWatch({ ...shared, news, plans: { load: async () => empty }, door: () => door });
  const door: RunDoor = new RunDoor(runs, clock, [watch.watch]);
  const never = () => Promise.reject(new Error('not part of this'));
  const { loop } = createDriftSide({
    ...{ ...shared, drift: watch, news, runs, door, keep: async () => {}, ring: () => {}, logger: silentLogger },
    world: { gates: never } as never,
    auto: { decide: never },
  });
  return { loop, endAll: () => endAll(db, { runs, door, clock }) };
}

/** Ends every check that is queued as one that found nothing, and has a turn of the event loop. */
async function endAll(
  db: Database,
  { runs, door, clock }: { runs: RunStore; door: RunDoor; clock: Clock },
): Promise<void> {
  for (const { id } of await runs.admissible(100, { plans: true, applies: false })) {
    await db.transaction().execute(async (tx) => {
      let run = await runs.findIn(tx, id);
      for (const to of ['preparing', 'planning', 'unchanged'] as const) {
        if (!run) return;
        const lease_until = to === 'unchanged' ? null : clock.now() + 30_000;
        const set = { worker: 'bench', attempt: 1, started_at: clock.now(), lease_until };
        run = await door.move(tx, run, to, { actor: 'worker:bench', set });
      }
    });
  }
  await new Promise((resolve) => setTimeout(resolve, 5));
}
