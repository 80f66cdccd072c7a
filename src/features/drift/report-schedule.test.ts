import { expect, test } from 'vitest';
import { toRfc3339 } from '../../kernel/clock.ts';
import { isLate, nextReportAt } from './report-schedule.ts';

function times(schedule: string, timezone: string, from: string, count: number): string[] {
  const found: string[] = [];
  for (let at = Date.parse(from); found.length < count; ) {
    at = nextReportAt({ schedule, timezone }, at);
    found.push(toRfc3339(at).slice(0, 16));
  }
  return found;
}

test('eight in Berlin is eight there before and after the clocks change', () => {
  expect(times('0 8 * * *', 'Europe/Berlin', '2027-03-27T12:00:00Z', 2)).toEqual([
    '2027-03-28T06:00',
    '2027-03-29T06:00',
  ]);
  expect(times('0 8 * * *', 'Europe/Berlin', '2027-03-26T12:00:00Z', 1)).toEqual(['2027-03-27T07:00']);
});

test('a time that a change of clocks leaves out is told once, and so is one that comes twice', () => {
  expect(times('30 2 * * *', 'Europe/Berlin', '2027-03-27T12:00:00Z', 2)).toEqual([
    '2027-03-28T01:30',
    '2027-03-29T00:30',
  ]);
  expect(times('30 2 * * *', 'Europe/Berlin', '2026-10-24T12:00:00Z', 3)).toEqual([
    '2026-10-25T00:30',
    '2026-10-26T01:30',
    '2026-10-27T01:30',
  ]);
});

test('weekends are left out where the schedule says so', () => {
  expect(times('0 8 * * 1-5', 'UTC', '2026-11-20T09:00:00Z', 2)).toEqual(['2026-11-23T08:00', '2026-11-24T08:00']);
});

test('a few minutes are not late', () => {
  expect([isLate(0, 60_000), isLate(0, 600_000)]).toEqual([false, true]);
});
