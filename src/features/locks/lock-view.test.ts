import { expect, test } from 'vitest';
import type { Lock } from './lock.ts';
import { type HolderFacts, viewLock } from './lock-view.ts';

const lock: Lock = { stack: 's', run: 'r1', lock_id: 'l', holder: 'run r1', operation: 'apply', info: '{}', since: 1 };
const run = {
  id: 'r1',
  status: 'applying' as const,
  worker: 'w1',
  lease_until: 130_000,
  process: '{"pid":42}',
  end: null,
};
const facts: HolderFacts = { run, process: null, now: 105_000, leaseMs: 30_000 };
const silent = { ...run, status: 'interrupted' as const, lease_until: null };

test.each([
  ['a worker that reports is alive', lock, facts, 'alive', /w1 was heard of 5 s ago/],
  ['and is, whatever is known of its engine', lock, { ...facts, process: 'dead' }, 'alive', /w1 was heard/],
  ['a silent one is unknown', lock, { ...facts, run: silent }, 'unknown', /w1 is silent, and nothing proves/],
  ['also before it was noticed', lock, { ...facts, now: 130_001 }, 'unknown', /silent/],
  ['a silent one on another host, too', lock, { ...facts, run: silent, process: 'unknown' }, 'unknown', /silent/],
  ['its engine on this host says more: alive', lock, { ...facts, run: silent, process: 'alive' }, 'alive', /pid 42/],
  ['or dead', lock, { ...facts, run: silent, process: 'dead' }, 'dead', /pid 42 .* has ended/],
  ['a run that has ended is dead', lock, { ...facts, run: { ...silent, status: 'failed' } }, 'dead', /it is failed/],
  ['a run that is forgotten is dead', lock, { ...facts, run: null }, 'dead', /no longer known/],
  ['a laptop is unknown', { ...lock, run: null }, { ...facts, run: null }, 'unknown', /from outside/],
] as const)('%s', (_name, held, known, state, evidence) => {
  const view = viewLock(held, known);
  expect(view.state).toBe(state);
  expect(view.evidence).toMatch(evidence);
  expect(view).toMatchObject({ stack: 's', since: 1, lockId: 'l', operation: 'apply' });
});
