import { expect, test } from 'vitest';
import { EVENT_TYPES } from '../../config/event-types.ts';
import type { RunKind, RunStatus } from '../../kernel/run-status.ts';
import type { RunTable } from '../../platform/db/schema.ts';
import type { RunTransition } from '../runs/index.ts';
import { type Channel, NOTIFICATION_EVENTS } from './notification.ts';
import { applyEvent, decideTellings, type PreviousPlan, selectChannels, withoutEchoes } from './notification-policy.ts';

function passage(from: RunStatus | null, to: RunStatus, run: Partial<RunTable> = {}): RunTransition {
  return { run: { kind: 'plan', speculative: 0, ...run } as RunTable, from, to, actor: 'worker:w', at: 0 };
}
const FAILED_PLAN: PreviousPlan = { status: 'failed', plan_digest: null };
const FAILED_APPLY: PreviousPlan = { status: 'failed', plan_digest: 'a'.repeat(64) };
const WELL: PreviousPlan = { status: 'unchanged', plan_digest: null };

test.each([
  ['planning', 'awaiting_approval', null, 'plan.ready', false],
  ['planning', 'awaiting_approval', FAILED_APPLY, 'plan.ready', false],
  ['preparing', 'failed', null, 'plan.failed', false],
  ['planning', 'failed', FAILED_PLAN, 'plan.failed', false],
  ['planning', 'unchanged', FAILED_PLAN, 'plan.recovered', true],
] as const)('%s -> %s after %o is %s', (from, to, previous, event, recovered) => {
  expect(decideTellings(passage(from, to), previous)).toEqual([{ event, recovered }]);
});

test.each([
  ['planning', 'unchanged', null],
  ['planning', 'unchanged', WELL],
  ['planning', 'unchanged', FAILED_APPLY],
  ['planning', 'superseded', FAILED_PLAN],
  ['planning', 'canceled', FAILED_PLAN],
  ['planning', 'planned', FAILED_PLAN],
  ['planning', 'queued', FAILED_PLAN],
  ['applying', 'failed', WELL],
  [null, 'queued', null],
  ['awaiting_approval', 'superseded', null],
] as const)('%s -> %s after %o is told to nobody', (from, to, previous) => {
  expect(decideTellings(passage(from, to), previous)).toEqual([]);
});

test.each([
  ['drift' as RunKind, 0],
  ['plan' as RunKind, 1],
] as const)('a %s run (speculative %i) is told to nobody', (kind, speculative) => {
  expect(decideTellings(passage('planning', 'failed', { kind, speculative }), FAILED_PLAN)).toEqual([]);
});

test.each([
  ['approved', 'applying', 'apply.started'],
  ['applying', 'applied', 'apply.succeeded'],
  ['interrupted', 'applied', 'apply.succeeded'],
  ['applying', 'failed', 'apply.failed'],
  ['interrupted', 'failed', 'apply.failed'],
  ['applying', 'interrupted', 'apply.interrupted'],
  ['applying', 'approved', null],
  ['awaiting_approval', 'approved', null],
  ['planning', 'failed', null],
  ['approved', 'stale', null],
  ['approved', 'canceled', null],
] as const)('%s -> %s of an apply is %s', (from, to, event) => {
  expect(applyEvent(passage(from, to))).toBe(event);
});

test('a plan that is approved by itself asks nobody', () => {
  const transition = passage('planning', 'awaiting_approval', { approved_by: 'system:auto' });
  expect(decideTellings(transition, WELL)).toEqual([]);
  expect(decideTellings(transition, FAILED_PLAN)).toEqual([{ event: 'plan.recovered', recovered: true }]);
});

test('a plan with changes after a failed one has recovered: programs get the event, people read it in plan.ready', () => {
  const tellings = decideTellings(passage('planning', 'awaiting_approval'), FAILED_PLAN);
  expect(tellings).toEqual([
    { event: 'plan.recovered', recovered: true, isSaidByReady: true },
    { event: 'plan.ready', recovered: true },
  ]);
  const both = ['plan.ready', 'plan.recovered'] as const;
  const channels = [
    { name: 'chat', type: 'slack', events: both },
    { name: 'alarm', type: 'slack', events: ['plan.failed', 'plan.recovered'] },
    { name: 'hook', type: 'webhook', events: both },
  ] as unknown as Channel[];
  const told = tellings.map((telling) => withoutEchoes(channels, telling).map(({ name }) => name));
  expect(told).toEqual([
    ['alarm', 'hook'],
    ['chat', 'alarm', 'hook'],
  ]);
});

test('a channel hears the events it asked for, of the stacks it covers', () => {
  const channel = (name: string, rest: Partial<Channel>): Channel => ({
    name,
    type: 'slack',
    url: { reveal: () => 'http://x' },
    secret: null,
    events: ['plan.ready'],
    group: true,
    covers: () => true,
    ...rest,
  });
  const channels = [
    channel('a', {}),
    channel('b', { events: ['plan.failed'] }),
    channel('c', { covers: (stack) => stack.startsWith('dev/') }),
    channel('d', { type: 'teams' }),
    channel('e', { type: 'webhook', covers: (stack) => stack === 'prod/x' }),
  ];
  expect(selectChannels(channels, 'plan.ready', 'prod/x').map(({ name }) => name)).toEqual(['a', 'd', 'e']);
});

test('the closed list of events is the one of the configuration', () => {
  expect(NOTIFICATION_EVENTS).toEqual(EVENT_TYPES);
});
