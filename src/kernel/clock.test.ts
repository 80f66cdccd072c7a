import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { systemClock } from './clock.ts';

const DAY_MS = 86_400_000;

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

test('a delay that no timer of Node can hold is waited for whole, and can be canceled on its way', () => {
  const calls: string[] = [];
  systemClock.after(30 * DAY_MS, () => calls.push('30 days'));
  const cancel = systemClock.after(60 * DAY_MS, () => calls.push('60 days'));
  vi.advanceTimersByTime(30 * DAY_MS - 1);
  expect(calls).toEqual([]);
  vi.advanceTimersByTime(1);
  expect(calls).toEqual(['30 days']);
  cancel();
  vi.advanceTimersByTime(60 * DAY_MS);
  expect(calls).toEqual(['30 days']);
});
