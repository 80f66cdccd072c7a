import { describe, expect, test } from 'vitest';
import { isGivenUp, isStranded, judgeSilence, type SilenceFacts } from './silent-apply.ts';

const run = { stack: 's', worker: 'w1', root: '/root', lease_until: null, updated_at: 0 };
const LEASE = 30_000;
const w1 = { name: 'w1', root: '/root', seen_at: 0 };
const facts: SilenceFacts = { engine: null, workers: [w1], now: LEASE, leaseMs: LEASE };

describe('an expired lease', () => {
  test.each([
    ['of a worker that is away', facts, /w1 has been silent for a whole lease$/, null],
    ['with an engine that lives', { ...facts, engine: 'alive' }, /its engine runs on/, null],
    ['with an engine that is dead', { ...facts, engine: 'dead' }, /its engine has ended/, null],
    ['with an engine on another host', { ...facts, engine: 'unknown' }, /lease$/, null],
    [
      'of a worker that is there: its directory is lost',
      { ...facts, workers: [{ ...w1, seen_at: 1 }] },
      /does not know of it/,
      /holdfast unlock s/,
    ],
    [
      'beside another worker of that name',
      { ...facts, workers: [{ ...w1, root: '/new', seen_at: LEASE }] },
      /silent/,
      null,
    ],
  ] as const)('%s', (_name, known, reason, next) => {
    const silence = judgeSilence(run, known);
    expect(silence.reason).toMatch(reason);
    if (next === null) expect(silence.nextStep).toBeNull();
    else expect(silence.nextStep).toMatch(next);
  });
});

test.each([
  ['an engine proven dead, long ago', { ...facts, engine: 'dead', now: 10 * LEASE + 1 }, run, true],
  ['not at once: its worker may come back and tell', { ...facts, engine: 'dead', now: 10 * LEASE }, run, false],
  ['nor where it ended only now', { ...facts, engine: 'dead', now: 10 * LEASE + 1, deadSince: LEASE }, run, false],
  ['never for an engine that lives', { ...facts, engine: 'alive', now: 1e12 }, run, false],
  ['never for silence', { ...facts, engine: 'unknown', now: 1e12 }, run, false],
  ['nor where none was told of', { ...facts, now: 1e12 }, run, false],
  ['nor while its worker reports', { ...facts, engine: 'dead', now: 1e6 }, { ...run, lease_until: 1e6 + 1 }, false],
] as const)('an interrupted apply is given up: %s', (_name, known, interrupted, expected) => {
  expect(isGivenUp(interrupted, { deadSince: 0, ...known })).toBe(expected);
});

test.each([
  ['its worker is there', { ...facts, now: 1e6, workers: [{ ...w1, seen_at: 999_000 }] }, false],
  [
    'another worker with the same root is there',
    { ...facts, now: 1e6, workers: [{ ...w1, name: 'w2', seen_at: 999_000 }] },
    false,
  ],
  ['only other roots are there', { ...facts, now: 1e6, workers: [{ ...w1, root: '/b', seen_at: 999_000 }] }, true],
  ['nobody has been there for long', { ...facts, now: 1e6 }, true],
  ['it was only just approved', { ...facts, now: LEASE }, false],
] as const)('an approved run is stranded, or not: %s', (_name, known, expected) => {
  expect(isStranded(run, known)).toBe(expected);
});
