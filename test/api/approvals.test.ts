import type { FastifyInstance } from 'fastify';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { Run } from '../../src/api/contract.ts';
import { createDecisionSide } from '../../src/compose/decision-side.ts';
import { loadServerConfig } from '../../src/config/load-server-config.ts';
import { systemRandom } from '../../src/kernel/random.ts';
import type { RunStatus } from '../../src/kernel/run-status.ts';
import type { RunTable } from '../../src/platform/db/schema.ts';
import { apiOver, bearer, TOKENS } from '../support/api-fixtures.ts';
import { createJumpingClock, type JumpingClock } from '../support/jumping-clock.ts';
import { affectedStack, headOf, runParts, saveStack } from '../support/run-fixtures.ts';
import { ADMIN_TOKEN, startStateBackend, type TestStateBackend } from '../support/state-backend.ts';
import { StateClient, stateOf } from '../support/state-client.ts';

const DIGEST = 'd'.repeat(64);
const DAY = 86_400_000;
let state: TestStateBackend;
let clock: JumpingClock;
let app: FastifyInstance;
let isPlanKept: boolean;

beforeEach(async () => {
  state = await startStateBackend();
  clock = createJumpingClock(Date.UTC(2026, 10, 20, 10, 0, 0));
  isPlanKept = true;
});
afterEach(async () => {
  await app.close();
  await state.remove();
});

/** The API over a control plane whose server.yaml says this of applies. */
async function open(applies: object = {}): Promise<void> {
  const { config } = loadServerConfig({ cwd: '/nonexistent', env: {} });
  if (!config) throw new Error('the defaults are valid');
  const { store, door } = runParts(state.db, clock);
  const decisions = createDecisionSide({
    ...{ db: state.db, runs: store, door, state: state.backend, clock, random: systemRandom, ring: () => {} },
    config: { ...config, applies: { ...config.applies, ...applies } },
    isPlanKept: async () => isPlanKept,
    headOf: async (stack) => ({
      ...{ repository: 'infra', commit: 'b'.repeat(40), author: 'Ana', message: 'newer' },
      stack: affectedStack(stack, (await inputsOf(stack)) ?? ''),
    }),
  });
  app = await apiOver(state.db, {
    clock,
    applies: {
      approve: (run, digest, actor) => decisions.approvals.approve(run, digest, actor),
      retry: (run, actor) => decisions.approvals.retry(run, actor),
      unblock: (stack, reason, actor) => decisions.blocks.unblock(stack, reason, actor),
    },
    freeze: decisions.freeze,
    waiting: decisions.waiting,
  });
}

const inputs = new Map<string, string>();
const inputsOf = async (stack: string) => inputs.get(stack);

/** A plan of dev/a with changes that waits for approval, made for a state of this serial (null: none). */
async function waiting(set: Partial<RunTable> = {}, to: RunStatus = 'awaiting_approval'): Promise<string> {
  inputs.set('dev/a', 'x');
  await saveStack(state.db, 'dev/a', 'x');
  const { planner, store, door } = runParts(state.db, clock);
  const head = headOf('a'.repeat(40), [affectedStack('dev/a', 'x')]);
  return state.db.transaction().execute(async (tx) => {
    const id = (await planner.planHead(tx, head)).created[0] ?? '';
    const queued = await store.findIn(tx, id);
    if (!queued) throw new Error('no run');
    const held = { worker: 'w1', lease_until: clock.now() + 30_000, attempt: 1, started_at: clock.now() };
    const preparing = await door.move(tx, queued, 'preparing', { actor: 'worker:w1', set: held });
    const planning = await door.move(tx, preparing, 'planning', { actor: 'worker:w1' });
    const summary = JSON.stringify({
      add: 1,
      change: 0,
      destroy: 0,
      replace: 0,
      import: 0,
      move: 0,
      forget: 0,
      outputs: 0,
    });
    const planned = {
      summary,
      plan_digest: DIGEST,
      plan_state: null,
      error: to === 'failed' ? '{"summary":"x"}' : null,
    };
    await door.move(tx, planning, to, { actor: 'worker:w1', set: { ...planned, ...set } });
    return id;
  });
}

const post = (url: string, payload: object, token = TOKENS.approver) =>
  app.inject({ method: 'POST', url: `/api/v1${url}`, headers: bearer(token), payload });
const approve = (id: string, digest = DIGEST, token = TOKENS.approver) =>
  post(`/runs/${id}/approve`, { plan_digest: digest }, token);
const show = async (id: string) =>
  Run.parse((await app.inject({ url: `/api/v1/runs/${id}`, headers: bearer(TOKENS.viewer) })).json());

test('a plan that waits is approved once, by name, and then waits for a worker', async () => {
  await open();
  const id = await waiting();
  expect(await show(id)).toMatchObject({ waiting_for: [{ kind: 'approval' }], expires_at: '2026-11-21T10:00:00.000Z' });
  const run = Run.parse((await approve(id)).json());
  expect(run).toMatchObject({ status: 'approved', approved_by: 'token:ok', approved_at: '2026-11-20T10:00:00.000Z' });
  expect(run).toMatchObject({ waiting_for: [{ kind: 'worker' }], expires_at: null });
  const twice = (await approve(id)).json();
  expect(twice).toMatchObject({ status: 409, detail: expect.stringContaining(`run ${id} is approved (token:ok`) });
});

test.each([
  ['another digest', {}, async (id: string) => approve(id, 'e'.repeat(64)), /has the digest dddd/, 'awaiting_approval'],
  ['a freeze of the file', { freeze: true }, approve, /frozen by server\.yaml/, 'awaiting_approval'],
  [
    'no open window',
    { windows: [{ schedule: '0 22 * * *', timezone: 'UTC', durationMs: 3_600_000 }] },
    approve,
    /no window for applies is open/,
    'awaiting_approval',
  ],
  ['an operator', {}, (id: string) => approve(id, DIGEST, TOKENS.dev), /needs approver/, 'awaiting_approval'],
] as const)(
  '%s is a refusal with the reason, and the plan goes on waiting',
  async (_name, applies, act, reason, after) => {
    await open(applies);
    const id = await waiting();
    const answer = (await act(id)).json();
    expect(answer.detail).toMatch(reason);
    expect(answer.way_out).toBeTruthy();
    expect((await show(id)).status).toBe(after);
  },
);

test('a freeze of a person refuses with who and why, holds what is approved, and lets it go on', async () => {
  await open();
  const id = await waiting();
  await post('/freeze', { reason: 'release day' }, TOKENS.admin);
  expect((await approve(id)).json().detail).toContain('frozen by token:root: release day');
  await app.inject({ method: 'DELETE', url: '/api/v1/freeze', headers: bearer(TOKENS.admin) });
  expect((await approve(id)).statusCode).toBe(200);
  await post('/freeze', {}, TOKENS.admin);
  expect((await show(id)).waiting_for).toMatchObject([{ kind: 'freeze' }]);
});

test('a blocked stack is not approved until it is unblocked, once', async () => {
  await open();
  const id = await waiting();
  const blocked = JSON.stringify({ run: 'r0', reason: '2 resources are in no state', since: clock.now() });
  await state.db.updateTable('stacks').set({ blocked }).where('name', '=', 'dev/a').execute();
  expect((await approve(id)).json().detail).toContain('blocked: 2 resources are in no state');
  expect((await post('/stacks/dev%2Fa/unblock', { reason: 'imported' }, TOKENS.admin)).json().name).toBe('dev/a');
  expect((await post('/stacks/dev%2Fa/unblock', { reason: 'again' }, TOKENS.admin)).json()).toMatchObject({
    status: 409,
  });
  expect((await approve(id)).statusCode).toBe(200);
});

const moves: Record<string, () => Promise<void>> = {
  'its files changed at the head': async () => {
    inputs.set('dev/a', 'y');
    await saveStack(state.db, 'dev/a', 'y');
  },
  'its state moved': writeState,
  'it is too old': async () => clock.advance(DAY + 1),
  'its file is gone': async () => {
    isPlanKept = false;
  },
};
test.each([
  ['its files changed at the head', /inputs at the head/],
  ['its state moved', /serial 1 is stored/],
  ['it is too old', /older than 1 d/],
  ['its file is gone', /not kept any more/],
] as const)('where %s the plan is put aside and made again', async (move, reason) => {
  await open();
  const id = await waiting({ plan_state: JSON.stringify({ serial: 0, lineage: '' }) });
  await moves[move]?.();
  const refused = (await approve(id)).json();
  expect(refused).toMatchObject({ status: 409, detail: expect.stringMatching(reason) });
  expect(await show(id)).toMatchObject({ status: 'stale', reason: expect.stringMatching(reason) });
  expect(await show(refused.replanned)).toMatchObject({ status: 'queued', trigger: 'retry', stack: 'dev/a' });
  expect(refused.way_out).toContain(refused.replanned);
});

test('a failed run is retried as a new plan, an open one is not', async () => {
  await open();
  const id = await waiting({}, 'failed');
  const again = await post(`/runs/${id}/retry`, {});
  expect([again.statusCode, Run.parse(again.json())]).toMatchObject([201, { status: 'queued', trigger: 'retry' }]);
  const queued = again.json().id;
  expect((await post(`/runs/${queued}/retry`, {})).json()).toMatchObject({ status: 409 });
  expect((await post('/runs/nobody/retry', {})).statusCode).toBe(404);
});

async function writeState(): Promise<void> {
  const client = new StateClient(state.url, 'dev/a', ADMIN_TOKEN);
  await client.lock('l1');
  await client.post('l1', stateOf(1));
  await client.unlock('l1');
}
