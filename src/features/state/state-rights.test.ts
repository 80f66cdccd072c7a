import { expect, test } from 'vitest';
import { type Phase, RUN_TRANSITIONS, type RunStatus } from '../../kernel/run-status.ts';
import { refuseVerb, type StateCaller, type StateVerb } from './state-rights.ts';

const VERBS: readonly StateVerb[] = ['GET', 'LOCK', 'UNLOCK', 'POST'];
const STATUSES = Object.keys(RUN_TRANSITIONS) as RunStatus[];

function rightsOf(phase: Phase, status: RunStatus, more: Partial<StateCaller & { kind: 'run' }> = {}): StateVerb[] {
  const caller: StateCaller = {
    kind: 'run',
    digest: '',
    run: 'r1',
    stack: 's',
    phase,
    status,
    hasEnded: false,
    ...more,
  };
  return VERBS.filter((verb) => refuseVerb(caller, verb, 's') === null);
}

test("a plan's token reads while the plan is made, and does nothing else, ever", () => {
  for (const status of STATUSES) {
    expect(rightsOf('plan', status), status).toEqual(['preparing', 'planning'].includes(status) ? ['GET'] : []);
  }
});

test("an apply's token does everything while the engine may run, and nothing before or after", () => {
  for (const status of STATUSES) {
    expect(rightsOf('apply', status), status).toEqual(['applying', 'interrupted'].includes(status) ? VERBS : []);
  }
});

test('a token is good for its stack alone, and until the run has ended', () => {
  expect(rightsOf('apply', 'applying', { stack: 'other' })).toEqual([]);
  expect(rightsOf('apply', 'applying', { hasEnded: true })).toEqual([]);
});

test('the refusal names the run, its status and the verb', () => {
  const caller: StateCaller = {
    kind: 'run',
    digest: '',
    run: 'r1',
    stack: 's',
    phase: 'plan',
    status: 'planning',
    hasEnded: false,
  };
  expect(refuseVerb(caller, 'POST', 's')).toBe('run r1 is planning: its plan token may not POST now');
});
