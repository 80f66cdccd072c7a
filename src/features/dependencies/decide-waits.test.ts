import { expect, test } from 'vitest';
import type { RunStatus } from '../../kernel/run-status.ts';
import { decideWaits, type WaitFacts } from './decide-waits.ts';
import type { Dependency } from './dependency.ts';
import { orderOf } from './dependency-order.ts';

type Run = Parameters<typeof decideWaits>[0];
type Other = ReturnType<WaitFacts['open']>[number];

const edge = (stack: string, needs: string): Dependency => ({
  stack,
  needs,
  via: 'depends_on',
  outputs: [],
  evidence: '',
});
/** apps -> cluster -> network. */
const order = orderOf([edge('apps', 'cluster'), edge('cluster', 'network')]);
const run = (stack: string, over: Partial<Run> = {}): Run => ({
  ...{ id: `r-${stack}`, stack, kind: 'plan', trigger: 'push', speculative: 0, waits_on: null, provisional: null },
  ...over,
});
const other = (stack: string, over: Partial<Other> = {}): Other => ({
  ...{ id: `o-${stack}`, stack, kind: 'plan', trigger: 'push', speculative: 0, status: 'awaiting_approval' },
  ...over,
});
const facts = (open: Other[], over: Partial<WaitFacts> = {}): WaitFacts => ({
  ...{ order, waits: 'applied', awaited: [] },
  open: (stack) => open.filter((one) => one.stack === stack),
  ...over,
});
const on = (...stacks: string[]) => stacks.map((stack) => ({ stack, run: `o-${stack}` }));

test.each<[string, Run, Other[], string[]]>([
  ['the first layer waits for nobody', run('network'), [other('cluster')], []],
  ['the second for the first', run('cluster'), [other('network')], ['network']],
  ['the third for both, however far', run('apps'), [other('network'), other('cluster')], ['cluster', 'network']],
  ['through a layer that the push does not touch', run('apps'), [other('network')], ['network']],
  ['for a plan that is applied now', run('cluster'), [other('network', { status: 'applying' })], ['network']],
  ['for a refresh', run('cluster'), [other('network', { kind: 'refresh' })], ['network']],
  ['not for a drift check', run('cluster'), [other('network', { kind: 'drift', status: 'planning' })], []],
  ['not for a plan of a branch', run('cluster'), [other('network', { speculative: 1 })], []],
  ['not for a destroy', run('cluster'), [other('network', { kind: 'destroy' })], []],
  ['a plan of a branch waits for nobody', run('cluster', { speculative: 1 }), [other('network')], []],
  ['a drift check neither', run('cluster', { kind: 'drift' }), [other('network')], []],
  ['a refresh neither', run('cluster', { kind: 'refresh' }), [other('network')], []],
  [
    'the destroy of a deleted stack waits for those of what needs it',
    run('network', { kind: 'destroy', trigger: 'deletion' }),
    [other('apps', { kind: 'destroy' }), other('cluster', { kind: 'destroy' })],
    ['cluster', 'apps'],
  ],
  ['and not for plans of these', run('network', { kind: 'destroy', trigger: 'deletion' }), [other('cluster')], []],
  [
    'a destroy by hand waits for nobody',
    run('network', { kind: 'destroy', trigger: 'manual' }),
    [other('cluster', { kind: 'destroy' })],
    [],
  ],
])('%s', (_name, waiting, open, expected) => {
  expect(decideWaits(waiting, facts(open)).on).toEqual(on(...expected));
});

test('what a person asks for waits for nobody and says on what it stands', () => {
  expect(decideWaits(run('cluster', { trigger: 'manual' }), facts([other('network')]))).toEqual({
    on: [],
    provisional: 'planned against the present outputs of `network`, whose run o-network is still open',
  });
  expect(decideWaits(run('cluster', { trigger: 'manual' }), facts([])).provisional).toBeNull();
});

test('the outputs of a state elsewhere are waited for by everybody', () => {
  const reading = other('network', { kind: 'refresh', speculative: 1, trigger: 'dependency', status: 'queued' });
  for (const over of [{}, { trigger: 'manual' }, { kind: 'drift' }, { speculative: 1 }, { kind: 'destroy' }] as const) {
    expect(decideWaits(run('cluster', over), facts([reading])).on).toEqual(on('network'));
  }
  const failed = facts([], { awaited: [{ ...reading, status: 'failed' }] });
  expect(decideWaits(run('cluster'), failed)).toEqual({ on: [], provisional: null });
  const itself = run('cluster', { kind: 'refresh', speculative: 1, trigger: 'dependency' });
  expect(decideWaits(itself, facts([reading])).on).toEqual([]);
});

test('so does a stack that does not want to wait', () => {
  const decided = decideWaits(run('cluster'), facts([other('network')], { waits: 'none' }));
  expect(decided).toEqual({ on: [], provisional: expect.stringContaining('still open') });
});

test.each<[RunStatus, string | null]>([
  ['applied', null],
  ['unchanged', null],
  ['superseded', null],
  ['failed', 'planned against the present outputs of `network`, whose run o-network is failed'],
  ['discarded', 'planned against the present outputs of `network`, whose run o-network is discarded'],
  ['canceled', 'planned against the present outputs of `network`, whose run o-network is canceled'],
  ['stale', 'planned against the present outputs of `network`, whose run o-network is stale'],
])('a wait ends with what it waited for: %s', (status, provisional) => {
  const awaited = [other('network', { status })];
  expect(decideWaits(run('cluster'), facts([], { awaited }))).toEqual({ on: [], provisional });
});

test('where another run took its place the wait goes on, and nothing is provisional', () => {
  const awaited = [other('network', { status: 'stale', id: 'old' })];
  const decided = decideWaits(run('cluster'), facts([other('network', { status: 'queued' })], { awaited }));
  expect(decided).toEqual({ on: on('network'), provisional: null });
});

test('what one of two awaited runs left is remembered while the other goes on, and forgotten where it is tried again', () => {
  const failed = 'planned against the present outputs of `cluster`, whose run x is failed';
  const waiting = run('apps', { provisional: failed });
  expect(decideWaits(waiting, facts([other('network')])).provisional).toBe(failed);
  expect(decideWaits(waiting, facts([other('cluster')])).provisional).toBeNull();
});
