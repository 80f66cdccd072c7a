import { expect, test } from 'vitest';
import { isBurst } from './drift-breaker.ts';
import { catchUpAt, nextSlot, phaseOf } from './drift-slots.ts';
import { chooseDue } from './due-checks.ts';

const HOUR = 3_600_000;
const names = Array.from({ length: 10_000 }, (_, i) => `team-${i % 40}/service-${i}/prod`);

/** Most of any of these parts, as a multiple of their mean. */
function peak(times: readonly number[], partMs: number, wholeMs: number): number {
  const parts = new Map<number, number>();
  for (const at of times) parts.set(Math.floor(at / partMs), (parts.get(Math.floor(at / partMs)) ?? 0) + 1);
  return Math.max(...parts.values()) / (times.length / (wholeMs / partMs));
}

test('ten thousand stacks make no herd, in the interval and after an outage', () => {
  const slots = names.map((name) => nextSlot(name, HOUR, { after: 0, chance: 0 }) % HOUR);
  expect(peak(slots, 60_000, HOUR)).toBeLessThanOrEqual(1.3);
  const late = names.map((name) => catchUpAt(name, HOUR, 0));
  expect(peak(late, 60_000, HOUR)).toBeLessThanOrEqual(1.3);
});

test.each([60_000, HOUR, 86_400_000])(
  'a turn is later than now and no more than an interval (%i ms) and its jitter away',
  (every) => {
    for (const [i, name] of names.slice(0, 500).entries()) {
      const after = 1_700_000_000_000 + i * 12_345;
      const at = nextSlot(name, every, { after, chance: 0.999 });
      expect(at).toBeGreaterThan(after);
      expect(at).toBeLessThanOrEqual(after + every + 30_000);
      const bare = nextSlot(name, every, { after, chance: 0 });
      expect(nextSlot(name, every, { after: bare, chance: 0 })).toBe(bare + every);
    }
  },
);

test('a long interval is made up for within six hours', () => {
  expect(Math.max(...names.map((name) => catchUpAt(name, 7 * 24 * HOUR, 0)))).toBeLessThanOrEqual(6 * HOUR);
  expect(phaseOf('a')).toBe(phaseOf('a'));
});

test('those due longest go first, within the budget, none twice and none that is busy', () => {
  const stack = (name: string, nextAt: number, more = {}) => ({
    stack: name,
    nextAt,
    isOpen: false,
    isBusy: false,
    ...more,
  });
  const due = [
    stack('c', 3),
    stack('a', 1),
    stack('b', 2, { isOpen: true }),
    stack('d', 1, { isBusy: true }),
    stack('e', 9),
  ];
  expect(chooseDue(due, 5, { most: 2, open: 0 })).toEqual(['a', 'c']);
  expect(chooseDue(due, 5, { most: 2, open: 1 })).toEqual(['a']);
  expect(chooseDue(due, 5, { most: 2, open: 3 })).toEqual([]);
});

test.each([
  [{ troubled: 2, total: 2 }, false],
  [{ troubled: 3, total: 3 }, true],
  [{ troubled: 30, total: 100 }, false],
  [{ troubled: 31, total: 100 }, true],
])('%j of 30 %% is a burst: %s', (burst, expected) => {
  expect(isBurst({ ...burst, percent: 30 })).toBe(expected);
});
