import type { FastifyInstance } from 'fastify';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { apiOver, bearer, TOKENS } from '../support/api-fixtures.ts';
import { ADMIN_TOKEN, startStateBackend, type TestStateBackend } from '../support/state-backend.ts';
import { StateClient, stateOf } from '../support/state-client.ts';

let state: TestStateBackend;
let app: FastifyInstance;
beforeEach(async () => {
  state = await startStateBackend();
  const locks = { list: async () => [], unlock: async () => ({ freed: null, foreign: null }) };
  app = await apiOver(state.db, { states: state.backend.history, locks });
});
afterEach(async () => {
  await app.close();
  await state.remove();
});

const unlock = (stack: string) =>
  app.inject({
    method: 'DELETE',
    url: `/api/v1/locks/${encodeURIComponent(stack)}`,
    headers: bearer(TOKENS.admin),
    payload: { confirm: stack },
  });

test('a name of which there is neither a stack nor a state is 404: it was mistyped', async () => {
  const answer = await unlock('net/prdo');
  expect(answer.statusCode).toBe(404);
  expect(answer.json()).toMatchObject({ code: 'not_found', detail: 'there is no stack net/prdo, and no lock on it' });
});

test('a state that somebody keeps here from a laptop needs no stack: nothing was held', async () => {
  const client = new StateClient(state.url, 'laptop', ADMIN_TOKEN);
  await client.lock('l1');
  await client.post('l1', stateOf(1));
  await client.unlock('l1');
  const answer = await unlock('laptop');
  expect([answer.statusCode, answer.json()]).toEqual([200, { stack: 'laptop', freed: null, foreign: null }]);
});
