import { expect, test } from 'vitest';
import { END_ROWS } from '../../src/features/execution/apply-end.ts';
import { simulate } from './simulate.ts';

const SCHEDULES = 3000;
const STEPS = 200;
const WHAT = [
  'applied',
  'failed',
  'interrupted',
  'stale',
  'superseded',
  'canceled',
  'given up',
  'fenced',
  'taken back',
];

test(`${SCHEDULES} random schedules of two stacks, three workers and two controllers: every promise holds after every step, and in the end everything comes to rest`, {
  timeout: 120_000,
}, () => {
  const seen = new Map<string, number>();
  for (let seed = 1; seed <= SCHEDULES; seed++) {
    for (const [what, times] of simulate(seed, STEPS)) seen.set(what, (seen.get(what) ?? 0) + times);
  }
  // What never happened was not tried.
  for (const status of WHAT) expect(seen.get(status) ?? 0, status).toBeGreaterThan(3);
  const ends = END_ROWS.filter((row) => (seen.get(`end: ${row}`) ?? 0) > 0);
  expect(ends.length).toBeGreaterThan(12);
});
