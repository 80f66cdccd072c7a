import { expect, test } from 'vitest';
import { HoldfastError } from '../../kernel/errors.ts';
import { gitError } from '../../platform/git/git-failure.ts';
import { decideLook, decideRetry, nextLookInMs } from './decide-look.ts';

const failed = (kind: Parameters<typeof gitError>[0]) =>
  ({ kind: 'failed', error: gitError(kind, 'https://h/r', '') }) as const;

test('an answer becomes a status, a sentence with the way out, and a count of failures', () => {
  expect(decideLook({ kind: 'head', commit: 'x' }, 'main', 7)).toEqual({ status: 'ok', error: null, failures: 0 });
  expect(decideLook({ kind: 'no_branch', branches: [] }, 'main', 2)).toMatchObject({ status: 'empty', failures: 0 });
  const six = decideLook({ kind: 'no_branch', branches: ['a', 'b', 'c', 'd', 'e', 'f'] }, 'main', 0);
  expect(six).toMatchObject({ status: 'branch_missing', error: expect.stringContaining('there is a, b, c, d, e, …') });
  expect(decideLook(failed('away'), 'main', 0)).toEqual({
    status: 'away',
    error: 'https://h/r does not answer',
    failures: 1,
  });
  expect(decideLook(failed('not_found'), 'main', 1)).toMatchObject({ status: 'away', failures: 2 });
  expect(decideLook(failed('denied'), 'main', 0)).toMatchObject({ status: 'denied' });
  expect(decideLook(failed('host_key'), 'main', 0)).toMatchObject({
    status: 'denied',
    error: expect.stringContaining('known_hosts'),
  });
});

test('an error that is not ours is not quoted', () => {
  const verdict = decideLook({ kind: 'failed', error: new Error('https://u:secret@h') }, 'main', 0);
  expect(verdict.error).not.toContain('secret');
});

test('the next look is the interval with a tenth of jitter, doubled per failure up to ten minutes', () => {
  expect([0, 0.5, 0.999].map((chance) => nextLookInMs(30_000, 0, chance))).toEqual([27_000, 30_000, 32_994]);
  expect([1, 2, 3, 10, 1000].map((failures) => nextLookInMs(30_000, failures, 0.5))).toEqual([
    60_000, 120_000, 240_000, 600_000, 600_000,
  ]);
  expect(nextLookInMs(3_600_000, 5, 0.5)).toBe(3_600_000);
});

test('a head is tried again as its error says', () => {
  const retry = new HoldfastError('away', 'later', { treatment: { kind: 'retry', afterMs: 5000 } });
  expect(decideRetry(retry, 0)).toEqual({ retryInMs: 5000, message: 'later', configError: null });
  expect(decideRetry(new HoldfastError('busy', 'x'), 3).retryInMs).toBe(8000);
  expect(decideRetry(new Error('bug: secret'), 20)).toEqual({
    retryInMs: 60_000,
    message: 'the head could not be processed (see the log)',
    configError: null,
  });
  const broken = decideRetry(new HoldfastError('invalid', 'holdfast.yaml:1:1: no'), 0);
  expect(broken).toMatchObject({ retryInMs: 600_000, configError: '[{"message":"holdfast.yaml:1:1: no"}]' });
});
