import { expect, test } from 'vitest';
import { END_ROWS } from '../../src/features/execution/apply-end.ts';
import { simulate } from './simulate.ts';

const SCHEDULES = 20_000;
const STEPS = 200;

test(`${SCHEDULES} random schedules of one stack: every promise holds after every step`, { timeout: 120_000 }, () => {
  const seen = new Map<string, number>();
  for (let seed = 1; seed <= SCHEDULES; seed++) {
    for (const [what, times] of simulate(seed, STEPS)) seen.set(what, (seen.get(what) ?? 0) + times);
  }
  // What never happened was not tried.
  for (const status of ['applied', 'failed', 'interrupted', 'stale', 'superseded', 'canceled', 'given up', 'fenced']) {
    expect(seen.get(status) ?? 0, status).toBeGreaterThan(20);
  }
  const ends = END_ROWS.filter((row) => (seen.get(`end: ${row}`) ?? 0) > 0);
  expect(ends.length).toBeGreaterThan(12);
});
