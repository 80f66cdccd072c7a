import { expect, test } from 'vitest';
import { decideSetback } from './retry-policy.ts';

const away = { kind: 'away', error: 'HTTP 503', retryAfterMs: null } as const;
const rejected = { kind: 'rejected', error: 'HTTP 400' } as const;
const base = { attempts: 0, createdAt: 0, now: 1000, chance: 0.999 };

test('it waits 1 s, doubling to 10 minutes, with jitter downwards to a half', () => {
  const wait = (attempts: number, chance: number) =>
    decideSetback({ ...base, verdict: away, attempts, chance }).nextAttemptAt - base.now;
  expect(wait(0, 0.999)).toBe(1000);
  expect(wait(0, 0)).toBe(500);
  expect(wait(3, 0.999)).toBe(7996);
  expect(wait(50, 0.999)).toBe(599_700);
});

test('it never comes before Retry-After', () => {
  const verdict = { ...away, retryAfterMs: 90_000 };
  expect(decideSetback({ ...base, verdict }).nextAttemptAt).toBe(91_000);
});

test('what is rejected eight times is given up, what is away is not', () => {
  expect(decideSetback({ ...base, verdict: rejected, attempts: 6 }).status).toBe('pending');
  expect(decideSetback({ ...base, verdict: rejected, attempts: 7 })).toMatchObject({
    status: 'failed',
    error: 'HTTP 400 (given up after 8 tries)',
  });
  expect(decideSetback({ ...base, verdict: away, attempts: 100 }).status).toBe('pending');
});

test('after three days it is given up', () => {
  const now = 3 * 86_400_000 + 1;
  expect(decideSetback({ ...base, verdict: away, now }).status).toBe('failed');
});
