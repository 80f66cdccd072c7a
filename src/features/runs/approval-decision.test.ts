import { describe, expect, test } from 'vitest';
import { RUN_TRANSITIONS, type RunStatus } from '../../kernel/run-status.ts';
import { decideApplyClaim } from './apply-claim-decision.ts';
import { type ApprovalFacts, decideApproval, type PlannedRun, whyOutdated } from './approval-decision.ts';

const run: PlannedRun = {
  id: 'r1',
  stack: 'net',
  status: 'awaiting_approval',
  kind: 'plan',
  inputs_digest: 'inputs',
  plan_digest: 'plan',
  plan_state: '{"serial":3,"lineage":"l"}',
  updated_at: 1000,
};
const facts: ApprovalFacts = {
  headDigest: 'inputs',
  isOwnState: true,
  storedState: { serial: 3, lineage: 'l' },
  isPlanKept: true,
  blocked: null,
  freeze: null,
  window: { isOpen: true },
  askedDigest: 'plan',
  moving: null,
  now: 2000,
  planExpiresMs: 86_400_000,
};
const freeze = { reason: 'Christmas', by: 'token:ann', since: 5 };
const sawNothing = { ...run, plan_state: '{"serial":0,"lineage":""}' };

describe('an approval', () => {
  test.each([
    ['of the plan that was seen', run, facts, 'ok', ''],
    ['of whichever plan it is', run, { ...facts, askedDigest: null }, 'ok', ''],
    ['of an older plan', run, { ...facts, askedDigest: 'old' }, 'refuse', /has the digest plan, and old/],
    ['after the inputs moved', run, { ...facts, headDigest: 'new' }, 'stale', /no longer those of the plan/],
    ['of a stack that is gone', run, { ...facts, headDigest: null }, 'stale', /gone from the head, or held/],
    ['of a destroy, whose stack is gone', { ...run, kind: 'destroy' }, { ...facts, headDigest: null }, 'ok', ''],
    ['of a plan that is not kept', run, { ...facts, isPlanKept: false }, 'stale', /not kept any more/],
    [
      'after the serial moved',
      run,
      { ...facts, storedState: { serial: 4, lineage: 'l' } },
      'stale',
      /serial 4 is stored/,
    ],
    ['over another lineage', run, { ...facts, storedState: { serial: 3, lineage: 'm' } }, 'stale', /another lineage/],
    ['after the state went away', run, { ...facts, storedState: null }, 'stale', /and none is stored/],
    ['of a first plan', sawNothing, { ...facts, storedState: null }, 'ok', ''],
    ['of a first plan, after a state came', sawNothing, facts, 'stale', /saw no state, and serial 3/],
    ['of a plan that does not tell its state', { ...run, plan_state: null }, facts, 'ok', ''],
    ['with a backend of its own', run, { ...facts, isOwnState: false, storedState: null }, 'ok', ''],
    ['of a plan that is too old', run, { ...facts, now: 86_401_001 }, 'stale', /older than 1 d/],
    ['of a plan that is as old as may be', run, { ...facts, now: 86_401_000 }, 'ok', ''],
    [
      'while blocked',
      run,
      { ...facts, blocked: { run: 'r0', reason: 'orphans', since: 1 } },
      'refuse',
      /is blocked: orphans/,
    ],
    [
      'while the stack is planned again',
      run,
      { ...facts, moving: 'r2' },
      'refuse',
      /run r2 of the same stack is under way/,
    ],
    ['while frozen', run, { ...facts, freeze }, 'refuse', /frozen by token:ann: Christmas/],
    ['outside a window', run, { ...facts, window: { isOpen: false, opensAt: 5000 } }, 'refuse', /no window/],
    ['outdated and frozen: it is planned again', run, { ...facts, freeze, headDigest: 'new' }, 'stale', /inputs/],
    [
      'of an older plan, outdated: the old digest is said',
      run,
      { ...facts, askedDigest: 'old', headDigest: 'new' },
      'refuse',
      /old/,
    ],
  ] as const)('%s', (_name, planned, known, kind, reason) => {
    const decision = decideApproval(planned, known);
    expect(decision.kind).toBe(kind);
    if ('reason' in decision) expect(decision.reason).toMatch(reason);
  });

  test('of anything that does not wait is the door’s to refuse', () => {
    for (const status of Object.keys(RUN_TRANSITIONS) as RunStatus[]) {
      if (status === 'awaiting_approval') continue;
      expect(decideApproval({ ...run, status }, facts)).toEqual({ kind: 'not_waiting' });
    }
  });

  test('each refusal says the way out', () => {
    const wayOut = (more: Partial<ApprovalFacts>) => {
      const decision = decideApproval(run, { ...facts, ...more });
      return decision.kind === 'refuse' ? decision.wayOut : null;
    };
    expect(wayOut({ freeze })).toMatch(/holdfast unfreeze/);
    expect(wayOut({ freeze: { ...freeze, since: null } })).toMatch(/server\.yaml/);
    expect(wayOut({ window: { isOpen: false, opensAt: 0 } })).toMatch(/1970-01-01T00:00:00/);
    expect(wayOut({ blocked: { run: null, reason: 'x', since: 0 } })).toMatch(/holdfast unblock net/);
  });
});

describe('a claim of an apply', () => {
  const approved = { ...run, status: 'approved' as const };
  test.each([
    ['is given', approved, facts, 'claim'],
    ['of what is not approved waits', run, facts, 'wait'],
    ['of what is applied already waits', { ...run, status: 'applying' }, facts, 'wait'],
    ['waits while frozen', approved, { ...facts, freeze }, 'wait'],
    ['waits for its window', approved, { ...facts, window: { isOpen: false, opensAt: 1 } }, 'wait'],
    ['waits while blocked', approved, { ...facts, blocked: { run: null, reason: '', since: 1 } }, 'wait'],
    ['after the state moved is stale', approved, { ...facts, storedState: { serial: 9, lineage: 'l' } }, 'stale'],
    ['after the head moved is stale, even frozen', approved, { ...facts, freeze, headDigest: 'new' }, 'stale'],
    ['has no age', approved, { ...facts, now: 1e15 }, 'claim'],
  ] as const)('%s', (_name, planned, known, kind) => {
    expect(decideApplyClaim(planned, known, known).kind).toBe(kind);
  });
});

test('a world that is as the plan saw it is not outdated', () => {
  expect(whyOutdated(run, facts)).toBeNull();
});
