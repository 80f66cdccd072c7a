import type { FastifyInstance } from 'fastify';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { apiOver, bearer, TOKENS } from '../../test/support/api-fixtures.ts';
import { affectedStack, headOf, runParts } from '../../test/support/run-fixtures.ts';
import { type Database, openDatabase } from '../platform/db/open-database.ts';
import type { ApiDeps } from './api-deps.ts';
import { Run, RunList } from './contract.ts';

let db: Database;
let app: FastifyInstance;
beforeEach(async () => {
  db = await openDatabase({ file: ':memory:' });
  app = await apiOver(db);
});
afterEach(async () => {
  await app.close();
  await db.destroy();
});

const get = (url: string, token = TOKENS.admin) => app.inject({ method: 'GET', url, headers: bearer(token) });
const post = (url: string, token: string, payload?: object) =>
  app.inject({ method: 'POST', url, headers: bearer(token), ...(payload ? { payload } : {}) });

async function makeRuns(...stacks: string[]): Promise<string[]> {
  const { planner } = runParts(db);
  const affected = stacks.map((name) => affectedStack(name, 'x'));
  const head = headOf('a'.repeat(40), affected);
  return (await db.transaction().execute((tx) => planner.planHead(tx, head))).created;
}

describe('who may', () => {
  test('every route of /api/v1 refuses a caller without a token, and one with a wrong token', async () => {
    const paths = Object.entries(app.swagger().paths ?? {}).filter(([path]) => path.startsWith('/api/v1'));
    expect(paths.length).toBeGreaterThan(8);
    for (const [path, methods] of paths) {
      for (const method of Object.keys(methods ?? {})) {
        const url = path.replaceAll(/\{\w+\}/g, 'x');
        const bare = await app.inject({ method: method.toUpperCase() as 'GET', url });
        expect([bare.statusCode, bare.headers['content-type']], `${method} ${path}`).toEqual([
          401,
          'application/problem+json',
        ]);
        const wrong = await app.inject({ method: method.toUpperCase() as 'GET', url, headers: bearer('guess') });
        expect(wrong.statusCode, `${method} ${path}`).toBe(401);
      }
    }
  });

  test('a viewer may look and not act; an operator acts only within its stacks', async () => {
    const [dev, prod] = await makeRuns('dev/a', 'prod/a');
    expect((await get(`/api/v1/runs/${dev}`, TOKENS.viewer)).statusCode).toBe(200);
    expect((await post(`/api/v1/runs/${dev}/cancel`, TOKENS.viewer)).statusCode).toBe(403);
    expect((await post(`/api/v1/runs/${prod}/cancel`, TOKENS.dev)).statusCode).toBe(404);
    expect((await get(`/api/v1/runs/${prod}`, TOKENS.dev)).statusCode).toBe(404);
    expect((await get(`/api/v1/runs/${prod}/log`, TOKENS.dev)).statusCode).toBe(404);
    expect((await post(`/api/v1/runs/${dev}/cancel`, TOKENS.dev)).json().status).toBe('canceled');
    expect((await get('/api/v1/runs', TOKENS.dev)).json().runs).toHaveLength(1);
    expect((await get('/api/v1/audit', TOKENS.dev)).statusCode).toBe(403);
  });

  test('a token for some stacks sees the messages and the audit of those alone', async () => {
    const rows = [{ stack: 'dev/a' }, { stack: 'prod/a' }, { stack: null }];
    const readers = {
      notifications: async () => ({ notifications: rows, next: '7' }),
      audit: async () => ({ audit: rows, next: '7' }),
    };
    const scoped = await apiOver(db, { readers: readers as unknown as ApiDeps['readers'] });
    const list = async (url: string, token: string) => (await scoped.inject({ url, headers: bearer(token) })).json();
    const mine = [{ stack: 'dev/a' }];
    expect(await list('/api/v1/notifications', TOKENS.dev)).toEqual({ notifications: mine, next: '7' });
    expect(await list('/api/v1/audit', TOKENS.devAdmin)).toEqual({ audit: mine, next: '7' });
    expect(await list('/api/v1/audit', TOKENS.admin)).toEqual({ audit: rows, next: '7' });
    await scoped.close();
  });

  test('health needs no token, its details and the metrics do', async () => {
    for (const url of ['/livez', '/readyz', '/healthz']) {
      expect((await app.inject({ url })).statusCode, url).toBe(200);
    }
    expect((await app.inject({ url: '/healthz?verbose=1' })).statusCode).toBe(401);
    expect((await app.inject({ url: '/metrics' })).statusCode).toBe(401);
    expect((await get('/metrics', TOKENS.viewer)).body).toContain('# metrics');
  });
});

describe('answers', () => {
  test('runs come newest first, page by page, in the shape of the contract', async () => {
    const made = await makeRuns('a', 'b', 'c');
    const first = RunList.parse((await get('/api/v1/runs?limit=2')).json());
    const rest = RunList.parse((await get(`/api/v1/runs?limit=2&cursor=${first.next}`)).json());
    expect([...first.runs, ...rest.runs].map((run) => run.id)).toEqual(made.toSorted().reverse());
    expect(rest.next).toBeNull();
    expect(first.runs[0]).not.toHaveProperty('changes');
    const run = Run.parse((await get(`/api/v1/runs/${made[0]}`)).json());
    expect(run).toMatchObject({
      status: 'queued',
      commit: 'a'.repeat(40),
      waiting_for: [{ kind: 'worker' }],
      changes: [],
    });
  });

  test('an error is problem+json with a code and the way out', async () => {
    const missing = await get('/api/v1/runs/nobody');
    expect(missing.headers['content-type']).toBe('application/problem+json');
    expect(missing.json()).toMatchObject({
      status: 404,
      code: 'not_found',
      way_out: expect.stringContaining('holdfast runs'),
    });
    expect((await get('/nothing/here')).json()).toMatchObject({ status: 404, code: 'not_found' });
    const [id] = await makeRuns('a');
    expect((await post(`/api/v1/runs/${id}/discard`, TOKENS.admin)).json()).toMatchObject({
      status: 409,
      code: 'conflict',
    });
  });

  test('a wrong request tells every fault', async () => {
    const answer = await post('/api/v1/runs', TOKENS.admin, { stack: '', kind: 'explode', ref: 5 });
    expect(answer.statusCode).toBe(400);
    expect(
      answer
        .json()
        .problems.map((p: { path: string }) => p.path)
        .sort(),
    ).toEqual(['kind', 'ref', 'stack']);
    expect((await get('/api/v1/runs?limit=501')).statusCode).toBe(400);
  });

  test('an unexpected error says nothing of itself', async () => {
    const answer = await post('/api/v1/runs', TOKENS.admin, { stack: 'a' });
    expect(answer.statusCode).toBe(500);
    expect(answer.body).not.toContain('no run can be asked for');
  });

  test('the page is text with the same rights', async () => {
    const [id] = await makeRuns('dev/a');
    expect((await app.inject({ url: `/runs/${id}` })).statusCode).toBe(401);
    const page = await get(`/runs/${id}`, TOKENS.viewer);
    expect(page.headers['content-type']).toContain('text/plain');
    expect(page.body).toContain('dev/a');
  });

  test('a request without a body is one without members, also where JSON was announced', async () => {
    const [id] = await makeRuns('a');
    const headers = { ...bearer(TOKENS.admin), 'content-type': 'application/json' };
    const canceled = await app.inject({ method: 'POST', url: `/api/v1/runs/${id}/cancel`, headers, payload: '' });
    expect([canceled.statusCode, canceled.json().status]).toEqual([200, 'canceled']);
    const approve = await post(`/api/v1/runs/${id}/approve`, TOKENS.admin);
    expect(approve.json().problems.map((p: { path: string }) => p.path)).toEqual(['plan_digest']);
    const broken = await app.inject({ method: 'POST', url: `/api/v1/runs/${id}/cancel`, headers, payload: '{' });
    expect([broken.statusCode, broken.json().code]).toEqual([400, 'invalid']);
  });

  test('an address that is no URL, or has an endless name in it, is problem+json, too', async () => {
    for (const [url, status] of [
      ['/api/v1/stacks/%ZZ', 400],
      [`/api/v1/stacks/${'x'.repeat(3000)}`, 414],
    ] as const) {
      const answer = await get(url);
      expect([answer.statusCode, answer.headers['content-type']], url.slice(0, 40)).toEqual([
        status,
        'application/problem+json',
      ]);
      expect(answer.json()).toMatchObject({ status, code: 'invalid' });
    }
  });

  test('a cursor that is none is refused: an empty page would say that nothing is left', async () => {
    for (const list of ['runs', 'notifications', 'audit']) {
      const answer = await get(`/api/v1/${list}?cursor=gar%20bage`);
      expect(answer.statusCode, list).toBe(400);
      expect(answer.json().detail).toContain('`next`');
    }
  });

  test('the scheme of a token may be written as one likes', async () => {
    const headers = { authorization: `bearer ${TOKENS.viewer}` };
    expect((await app.inject({ url: '/api/v1/stacks', headers })).statusCode).toBe(200);
  });

  test('OpenAPI says what is open to all, what is refused how, and nothing of the workers', async () => {
    const { paths, components } = (await get('/api/openapi.json')).json();
    expect(paths['/livez'].get.security).toEqual([]);
    expect(paths['/api/v1/runs'].get.security).toBeUndefined();
    expect(paths['/api/v1/runs'].get.responses.default.content['application/problem+json']).toBeDefined();
    expect(components.schemas.Problem.required).toContain('detail');
    expect(Object.keys(paths).filter((path) => path.startsWith('/worker/'))).toEqual([]);
  });

  test('OpenAPI 3.1 describes the routes', async () => {
    const document = (await get('/api/openapi.json')).json();
    expect(document.openapi).toBe('3.1.0');
    expect(Object.keys(document.paths)).toEqual(
      expect.arrayContaining(['/api/v1/runs', '/api/v1/runs/{id}', '/api/v1/stacks']),
    );
  });
});
