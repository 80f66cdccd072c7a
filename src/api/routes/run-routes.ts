import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { HoldfastError } from '../../kernel/errors.ts';
import type { RunTable } from '../../platform/db/schema.ts';
import type { ApiDeps } from '../api-deps.ts';
import { allowed } from '../authenticate.ts';
import { CreateRunRequest, PlanJson, Run, RunList, RunStatusJson } from '../contract.ts';
import { RunPageQuery } from '../page-query.ts';
import { runJson, runListItem } from '../run-json.ts';

const Params = z.object({ id: z.string().min(1).max(200) });
const RunQuery = RunPageQuery.extend({ stack: z.string().max(500).optional(), status: RunStatusJson.optional() });
const MAX_SCAN = 20;

/** `/api/v1/runs`: look at runs, ask for one, cancel, discard. */
export function registerRunRoutes(app: FastifyInstance, deps: ApiDeps): void {
  const routes = app.withTypeProvider<ZodTypeProvider>();
  const tags = ['runs'];

  routes.get('/runs', { schema: { tags, querystring: RunQuery, response: { 200: RunList } } }, async (request) => {
    allowed(request, 'viewer');
    return listRuns(deps, request, request.query);
  });
  routes.get('/runs/:id', { schema: { tags, params: Params, response: { 200: Run } } }, async (request) => {
    return show(deps, await seen(deps, request, request.params.id));
  });
  routes.get('/runs/:id/plan', { schema: { tags, params: Params, response: { 200: PlanJson } } }, async (request) => {
    const run = await seen(deps, request, request.params.id);
    const plan = await deps.plans.load(run.id);
    if (plan) return plan as PlanJson;
    throw new HoldfastError('not_found', `run ${run.id} has no plan (it is ${run.status})`);
  });
  routes.post('/runs', { schema: { tags, body: CreateRunRequest, response: { 201: Run } } }, async (request, reply) => {
    const { stack, ref, kind } = request.body;
    const principal = allowed(request, 'operator', stack);
    const run = await deps.requestRun({ stack, ref: ref ?? null, kind }, principal);
    return reply.code(201).send(await show(deps, run));
  });
  routes.post('/runs/:id/cancel', { schema: { tags, params: Params, response: { 200: Run } } }, async (request) => {
    const run = await seen(deps, request, request.params.id);
    const role = run.status === 'applying' || run.status === 'interrupted' ? 'approver' : 'operator';
    return show(deps, await deps.runs.cancel(run.id, allowed(request, role, run.stack).actor));
  });
  routes.post('/runs/:id/discard', { schema: { tags, params: Params, response: { 200: Run } } }, async (request) => {
    const run = await seen(deps, request, request.params.id);
    return show(deps, await deps.runs.discard(run.id, allowed(request, 'operator', run.stack).actor));
  });
}

/** The run, if the caller may see its stack. */
export async function seen(deps: ApiDeps, request: FastifyRequest, id: string): Promise<RunTable> {
  allowed(request, 'viewer');
  const run = await deps.runs.get(id);
  allowed(request, 'viewer', run.stack);
  return run;
}

/** A run as the API answers it. */
export async function show(deps: ApiDeps, run: RunTable): Promise<Run> {
  const [waiting, plan] = await Promise.all([deps.waiting.of([run]), deps.plans.load(run.id)]);
  return runJson(run, { waitingFor: waiting.get(run.id) ?? [], planExpiresMs: deps.planExpiresMs }, plan);
}

async function listRuns(deps: ApiDeps, request: FastifyRequest, query: z.infer<typeof RunQuery>): Promise<RunList> {
  const sees = request.principal?.sees ?? (() => false);
  const filter = {
    ...(query.stack === undefined ? {} : { stack: query.stack }),
    ...(query.status === undefined ? {} : { statuses: [query.status] }),
  };
  const found: RunTable[] = [];
  let cursor = query.cursor ?? null;
  // A token that sees few stacks: go on over pages, but not for ever; `next` lets the caller go on.
  for (let scan = 0; scan < MAX_SCAN; scan++) {
    const page = await deps.runStore.list(filter, query.limit - found.length, cursor);
    found.push(...page.runs.filter((run) => sees(run.stack)));
    cursor = page.next;
    if (cursor === null || found.length >= query.limit) break;
  }
  const { planExpiresMs } = deps;
  const waiting = await deps.waiting.of(found);
  return {
    runs: found.map((run) => runListItem(run, { waitingFor: waiting.get(run.id) ?? [], planExpiresMs })),
    next: cursor,
  };
}
