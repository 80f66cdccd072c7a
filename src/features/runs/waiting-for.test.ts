import { expect, test } from 'vitest';
import { RUN_TRANSITIONS, type RunStatus } from '../../kernel/run-status.ts';
import { type WaitingFacts, waitingFor } from './waiting-for.ts';

const run = {
  id: 'r2',
  stack: 's',
  status: 'approved' as RunStatus,
  updated_at: 100,
  waits_on: null,
  waits_since: null,
};
const facts: WaitingFacts = { open: [], lock: null, blocked: null, freeze: null, window: { isOpen: true } };
const ahead = { id: 'r1', stack: 's', status: 'applying' as const };

test.each([
  ['a plan that nobody has looked at', { ...run, status: 'awaiting_approval' }, facts, [['approval', null, 100]]],
  ['a queued run behind an apply', { ...run, status: 'queued' }, { ...facts, open: [ahead] }, [['run', 'r1', 100]]],
  [
    'a queued run whose stack needs others',
    { ...run, status: 'queued', waits_on: '[{"stack":"net","run":"r7"},{"stack":"dns","run":"r8"}]', waits_since: 90 },
    facts,
    [
      ['dependency', 'net', 90],
      ['dependency', 'dns', 90],
    ],
  ],
  [
    'a queued run beside another stack',
    { ...run, status: 'queued' },
    { ...facts, open: [{ ...ahead, stack: 't' }] },
    [['worker', null, 100]],
  ],
  [
    'a queued run beside one that only waits',
    { ...run, status: 'queued' },
    { ...facts, open: [{ ...ahead, status: 'awaiting_approval' }] },
    [['worker', null, 100]],
  ],
  ['an approved run', run, facts, [['worker', null, 100]]],
  ['a freeze', run, { ...facts, freeze: { reason: 'x', by: 'token:a', since: 200 } }, [['freeze', 'x', 200]]],
  [
    'a freeze from before, in the file',
    run,
    { ...facts, freeze: { reason: null, by: 'server.yaml', since: null } },
    [['freeze', 'server.yaml', 100]],
  ],
  [
    'a window',
    run,
    { ...facts, window: { isOpen: false, opensAt: 0 } },
    [['window', 'opens 1970-01-01T00:00:00.000Z', 100]],
  ],
  ['a laptop', run, { ...facts, lock: { run: null, holder: 'ann@laptop', since: 50 } }, [['lock', 'ann@laptop', 100]]],
  ['another run’s lock', run, { ...facts, lock: { run: 'r0', holder: 'run r0', since: 150 } }, [['lock', 'r0', 150]]],
  [
    'its own lock is none to wait for',
    run,
    { ...facts, lock: { run: 'r2', holder: 'run r2', since: 1 } },
    [['worker', null, 100]],
  ],
  [
    'a block',
    run,
    { ...facts, blocked: { run: 'r0', reason: 'orphans', since: 7 } },
    [['approval', 'unblock: orphans', 7]],
  ],
  [
    'several things at once',
    run,
    { ...facts, freeze: { reason: 'x', by: 'a', since: 1 }, lock: { run: null, holder: 'ann', since: 1 } },
    [
      ['freeze', 'x', 100],
      ['lock', 'ann', 100],
    ],
  ],
] as const)('%s', (_name, waiting, known, expected) => {
  expect(waitingFor(waiting, known).map(({ kind, name, since }) => [kind, name, since])).toEqual(expected);
});

test('whatever moves or has ended waits for nothing', () => {
  const waits = (Object.keys(RUN_TRANSITIONS) as RunStatus[]).filter(
    (status) => waitingFor({ ...run, status }, facts).length > 0,
  );
  expect(waits.sort()).toEqual(['approved', 'awaiting_approval', 'queued']);
});
