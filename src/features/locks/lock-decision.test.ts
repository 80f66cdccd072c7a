import { describe, expect, test } from 'vitest';
import { type Lock, type LockCaller, UNBOUND } from './lock.ts';
import { decideLock, decideUnlock, refuseWrite } from './lock-decision.ts';

const laptop: Lock = {
  stack: 's',
  run: null,
  lock_id: 'l1',
  holder: 'ann@laptop',
  operation: 'OperationTypeApply',
  info: '{"ID":"l1"}',
  since: 1,
};
const applying: Lock = { ...laptop, run: 'r1', lock_id: 'l1', holder: 'run r1' };
const claimed: Lock = { ...applying, lock_id: UNBOUND };
const person: LockCaller = { run: null, actor: 'token:ann' };
const run: LockCaller = { run: 'r1', actor: 'run:r1' };
const otherRun: LockCaller = { run: 'r2', actor: 'run:r2' };

describe('LOCK', () => {
  test.each([
    ['a free stack is taken', null, run, 'l1', 'take'],
    ['the same id again is the holder whose answer was lost', laptop, person, 'l1', 'held'],
    ['a second id of a person waits', laptop, person, 'l2', 'refuse'],
    ['a run waits for a person', laptop, run, 'l1', 'refuse'],
    ['a person waits for a run, even with its id', applying, person, 'l1', 'refuse'],
    ['another run waits', applying, otherRun, 'l1', 'refuse'],
    ['a run gets its own lock again', applying, run, 'l1', 'held'],
    ['a second terraform of the same run does not', applying, run, 'l2', 'refuse'],
    ['terraform binds the lock that its run claimed', claimed, run, 'l1', 'bind'],
    ['a claimed stack is closed to others', claimed, otherRun, 'l2', 'refuse'],
    ['a claimed stack is closed to people who send no id of use', claimed, person, UNBOUND, 'refuse'],
  ])('%s', (_name, held, caller, id, kind) => {
    expect(decideLock(held, caller, id).kind).toBe(kind);
  });
});

describe('UNLOCK', () => {
  test.each([
    ['nothing locked, nothing to do', null, person, 'l1', {}, 'nothing'],
    ['the holder frees it', laptop, person, 'l1', {}, 'free'],
    ['another id is refused', laptop, person, 'l2', {}, 'refuse'],
    ['another id that was freed before is an old answer', laptop, person, 'l0', { wasFreed: true }, 'nothing'],
    ['an empty body is refused', laptop, person, null, {}, 'refuse'],
    ['an empty body is for who may force', laptop, person, null, { mayForce: true }, 'free'],
    ["a run never frees a person's lock", laptop, run, 'l1', {}, 'refuse'],
    ["a run's lock is not forced over http", applying, person, null, { mayForce: true }, 'refuse'],
    ["nor with the run's id", applying, person, 'l1', { mayForce: true }, 'refuse'],
    ['terraform unlocks, the run keeps the stack', applying, run, 'l1', {}, 'unbind'],
    ['a run may repeat it', claimed, run, 'l1', {}, 'nothing'],
    ['a run may not force itself', applying, run, null, { mayForce: true }, 'refuse'],
    ['nor with another id', applying, run, 'l2', {}, 'refuse'],
    ['another run may do nothing', applying, otherRun, 'l1', {}, 'refuse'],
  ])('%s', (_name, held, caller, lockId, more, kind) => {
    expect(decideUnlock(held, { caller, lockId, wasFreed: false, mayForce: false, ...more }).kind).toBe(kind);
  });
});

describe('a write', () => {
  test.each([
    ['under the lock', laptop, person, 'l1', null],
    ["under the run's lock", applying, run, 'l1', null],
    ['without an id', laptop, person, null, /-lock=false/],
    ['with no lock held', null, person, 'l1', /not held \(any more\)/],
    ['with another id', laptop, person, 'l2', /not locked with l2/],
    ["with a person's id by a run", laptop, run, 'l1', /locked by ann@laptop/],
    ["with a run's id by a person", applying, person, 'l1', /locked by run r1/],
    ['by a run that terraform has unlocked', claimed, run, UNBOUND, /not locked with/],
  ])('%s', (_name, held, caller, id, why) => {
    const answer = refuseWrite(held, caller, id);
    if (why === null) expect(answer).toBeNull();
    else expect(answer).toMatch(why);
  });
});
