import { expect, test } from 'vitest';
import { decideEnd, END_ROWS, type EndFacts } from './apply-end.ts';

/** Two of two made, saved, unlocked, exit 0. */
const whole: EndFacts = {
  evidence: 'exited',
  exitCode: 0,
  hasStartError: false,
  isPlannedAgain: false,
  hasSummary: true,
  planned: 2,
  completed: 2,
  errored: 0,
  unfinished: 0,
  unfinishedCreates: 0,
  isStreamLost: false,
  erroredState: 'none',
  signalled: false,
  isCancelWanted: false,
  isOwnState: true,
  isStateSaved: true,
  isLockHeld: false,
  missing: 0,
  isInterrupted: false,
  attempts: 2,
};
/** One of two failed: terraform saved, unlocked, exit 1. */
const half: EndFacts = { ...whole, exitCode: 1, hasSummary: false, completed: 1, errored: 1 };
const nothing: EndFacts = { ...half, completed: 0, errored: 0, isStateSaved: false };
const killed: EndFacts = { ...half, exitCode: 137, errored: 0, isLockHeld: true };
const gone: EndFacts = { ...killed, evidence: 'vanished', exitCode: null };
const never: EndFacts = { ...nothing, evidence: 'never_started', exitCode: null };
const foreign = { isOwnState: false, isStateSaved: false, isLockHeld: false };

const CASES: [row: string, why: string, facts: EndFacts, to: string, end: string | null, blocks?: true][] = [
  ['never started, interrupted', 'told late', { ...never, isInterrupted: true }, 'failed', 'failed_before_change'],
  ['never started, and nobody wants it', 'cancel', { ...never, isCancelWanted: true }, 'canceled', 'canceled'],
  [
    'never started, plan outdated',
    'another engine',
    { ...never, hasStartError: true, isPlannedAgain: true },
    'approved',
    null,
  ],
  ['never started, with a reason', 'no engine', { ...never, hasStartError: true }, 'failed', 'failed_before_change'],
  ['never started, too often', 'again and again', { ...never, attempts: 50 }, 'failed', 'failed_before_change'],
  ['never started', 'the worker died first', never, 'approved', null],
  ['given up', 'unlock by a person', { ...gone, evidence: 'given_up', isStreamLost: true }, 'failed', null, true],
  [
    'unsaved, taken, complete',
    'the last POST failed, its bytes came',
    { ...whole, exitCode: 1, hasSummary: false, erroredState: 'taken' },
    'applied',
    'applied',
  ],
  ['unsaved, taken, canceled', 'SIGINT', { ...half, erroredState: 'taken', signalled: true }, 'failed', 'canceled'],
  ['unsaved, taken', 'an error, too', { ...half, erroredState: 'taken' }, 'failed', 'partial_saved'],
  ['unsaved, kept', 'a newer state', { ...half, erroredState: 'kept', missing: 1 }, 'failed', 'unsaved_state', true],
  ['unsaved, kept', 'foreign', { ...half, ...foreign, erroredState: 'kept' }, 'failed', 'unsaved_state', true],
  ['unsaved, unreadable', 'a full disk', { ...half, erroredState: 'unreadable' }, 'failed', 'unsaved_state', true],
  ['success that is not stored', 'exit 0', { ...whole, missing: 2, isStateSaved: false }, 'failed', 'orphans', true],
  ['success, lock left', 'exit 0', { ...whole, isLockHeld: true }, 'applied', 'applied_lock_stuck'],
  ['success', 'exit 0', whole, 'applied', 'applied'],
  ['success', 'nothing to save', { ...whole, planned: 0, completed: 0, isStateSaved: false }, 'applied', 'applied'],
  ['success', 'its shim was killed', { ...whole, evidence: 'vanished', exitCode: null }, 'applied', 'applied'],
  ['success', 'foreign', { ...whole, ...foreign }, 'applied', 'applied'],
  ['made and in no state', 'SIGKILL between saves', { ...killed, missing: 1 }, 'failed', 'orphans', true],
  ['made and in no state', 'vanished', { ...gone, missing: 1 }, 'failed', 'orphans', true],
  ['made and in no state', 'two SIGINTs', { ...half, missing: 1 }, 'failed', 'orphans', true],
  ['made and in no state', 'foreign, killed', { ...killed, ...foreign, missing: 1 }, 'failed', 'orphans', true],
  [
    'made and in no state',
    'taken, yet missing',
    { ...half, erroredState: 'taken', missing: 1 },
    'failed',
    'orphans',
    true,
  ],
  ['dead while creating', 'SIGKILL', { ...killed, unfinished: 1, unfinishedCreates: 1 }, 'failed', 'orphans', true],
  [
    'dead while creating',
    'a crash',
    { ...killed, exitCode: 2, unfinished: 1, unfinishedCreates: 1 },
    'failed',
    'orphans',
    true,
  ],
  ['stream lost', 'exit 1', { ...nothing, isStreamLost: true }, 'failed', 'orphans', true],
  [
    'complete, lock left',
    'UNLOCK refused',
    { ...whole, exitCode: 1, hasSummary: false, isLockHeld: true },
    'applied',
    'applied_lock_stuck',
  ],
  ['complete, lock left', 'killed before UNLOCK', { ...killed, completed: 2 }, 'applied', 'applied_lock_stuck'],
  ['complete, dead after its save', 'killed', { ...killed, completed: 2, isLockHeld: false }, 'applied', 'applied'],
  ['canceled', 'one SIGINT', { ...half, signalled: true }, 'failed', 'canceled'],
  ['canceled', 'foreign', { ...half, ...foreign, signalled: true }, 'failed', 'canceled'],
  ['nothing begun', 'a stale plan, a lock', nothing, 'failed', 'failed_before_change'],
  ['nothing begun', 'foreign', { ...nothing, ...foreign }, 'failed', 'failed_before_change'],
  ['dead before anything', 'SIGKILL', { ...nothing, exitCode: 137 }, 'failed', 'failed_before_change'],
  ['dead, foreign lock', 'SIGKILL', { ...nothing, ...foreign, exitCode: 137 }, 'failed', 'partial_saved'],
  ['part of it', 'a provider error', half, 'failed', 'partial_saved'],
  ['part of it', 'an output failed', { ...whole, exitCode: 1, hasSummary: false }, 'failed', 'partial_saved'],
  ['part of it', 'killed, updates only', { ...killed, isLockHeld: true }, 'failed', 'partial_saved'],
  [
    'part of it',
    'saved, and the stream does not say what',
    { ...nothing, isStateSaved: true },
    'failed',
    'partial_saved',
  ],
];

test.each(CASES)('%s: %s', (row, _why, facts, to, end, blocks) => {
  expect(decideEnd(facts)).toMatchObject({ row, to, end, blocks: blocks === true });
});

test('every row is provoked by a case', () => {
  expect([...new Set(CASES.map(([row]) => row))].sort()).toEqual([...END_ROWS].sort());
});

/** Every combination of what matters. */
function* everything(): Generator<EndFacts> {
  const booleans = [false, true];
  for (const evidence of ['exited', 'vanished', 'never_started', 'given_up'] as const)
    for (const exitCode of evidence === 'exited' ? [0, 1, 2, 137] : [null])
      for (const hasSummary of booleans)
        for (const [completed, errored, unfinished] of [
          [0, 0, 0],
          [1, 0, 0],
          [2, 0, 0],
          [1, 1, 0],
          [1, 0, 1],
        ] as const)
          for (const erroredState of ['none', 'taken', 'kept', 'unreadable'] as const)
            for (const missing of [0, 1])
              for (let bits = 0; bits < 128; bits++) {
                const [isOwnState, isStateSaved, isLockHeld, signalled, isStreamLost, isInterrupted, isCancelWanted] =
                  Array.from({ length: 7 }, (_, at) => (bits & (1 << at)) > 0) as [
                    boolean,
                    boolean,
                    boolean,
                    boolean,
                    boolean,
                    boolean,
                    boolean,
                  ];
                yield {
                  ...{ evidence, exitCode, hasSummary, completed, errored, unfinished, unfinishedCreates: unfinished },
                  ...{ erroredState, missing, planned: 2, hasStartError: false, isPlannedAgain: false, attempts: 2 },
                  ...{ isOwnState, isStateSaved, isLockHeld, signalled, isStreamLost, isInterrupted, isCancelWanted },
                };
              }
}

test('whatever is known: nothing that is in doubt is called applied, and what may be lost blocks', () => {
  let count = 0;
  for (const facts of everything()) {
    count++;
    const { to, end, blocks, row } = decideEnd(facts);
    const context = `${row}: ${JSON.stringify(facts)}`;
    const isSuccess = facts.exitCode === 0 || facts.hasSummary;
    const isDone = facts.completed === 2 && facts.errored === 0 && facts.unfinished === 0 && !facts.isStreamLost;
    if (to === 'applied' && !(isSuccess || isDone)) expect.fail(context);
    if (to === 'applied' && (facts.evidence === 'never_started' || facts.evidence === 'given_up')) expect.fail(context);
    if (to === 'applied' && facts.isOwnState && facts.missing > 0) expect.fail(context);
    if ((to === 'approved' || to === 'canceled') && facts.evidence !== 'never_started') expect.fail(context);
    if ((to === 'approved' || to === 'canceled') && facts.isInterrupted) expect.fail(context);
    if (blocks !== (end === 'orphans' || end === 'unsaved_state' || row === 'given up')) expect.fail(context);
    const isLossy = facts.erroredState === 'kept' || facts.erroredState === 'unreadable';
    if (isLossy && facts.evidence !== 'never_started' && !blocks) expect.fail(context);
    if (end === 'failed_before_change' && facts.completed > 0 && facts.evidence !== 'never_started')
      expect.fail(context);
  }
  expect(count).toBeGreaterThan(50_000);
});
