import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { toRfc3339 } from '../../kernel/clock.ts';
import type { ApiDeps } from '../api-deps.ts';
import type { FreezeView } from '../apply-ports.ts';
import { allowed, allowedEverywhere } from '../authenticate.ts';
import { ApproveRequest, Freeze, FreezeRequest, Run, Unblocked, UnblockRequest } from '../contract.ts';
import { seen, show } from './run-routes.ts';

const RunParams = z.object({ id: z.string().min(1).max(200) });
const StackParams = z.object({ name: z.string().min(1).max(500) });

/** What people decide about applies: approve and retry (approvers), unblock a stack and freeze everything (admins). */
export function registerApplyRoutes(app: FastifyInstance, deps: ApiDeps): void {
  const routes = app.withTypeProvider<ZodTypeProvider>();
  const runs = { tags: ['runs'], params: RunParams };

  routes.post(
    '/runs/:id/approve',
    { schema: { ...runs, body: ApproveRequest, response: { 200: Run } } },
    async (request) => {
      const run = await seen(deps, request, request.params.id);
      const { actor } = allowed(request, 'approver', run.stack);
      return show(deps, await deps.applies.approve(run.id, request.body.plan_digest, actor));
    },
  );
  routes.post('/runs/:id/retry', { schema: { ...runs, response: { 201: Run } } }, async (request, reply) => {
    const run = await seen(deps, request, request.params.id);
    const { actor } = allowed(request, 'approver', run.stack);
    return reply.code(201).send(await show(deps, await deps.applies.retry(run.id, actor)));
  });
  routes.post(
    '/stacks/:name/unblock',
    { schema: { tags: ['stacks'], params: StackParams, body: UnblockRequest, response: { 200: Unblocked } } },
    async (request) => {
      const { name } = request.params;
      const { actor } = allowed(request, 'admin', name);
      await deps.applies.unblock(name, request.body.reason, actor);
      return (await deps.readers.stack(name, false)) ?? { name };
    },
  );
}

/** `/api/v1/freeze`: no applies anywhere, for now. Everybody may see it, an admin of everything may change it. */
export function registerFreezeRoutes(app: FastifyInstance, deps: ApiDeps): void {
  const routes = app.withTypeProvider<ZodTypeProvider>();
  const tags = ['instance'];
  routes.get('/freeze', { schema: { tags, response: { 200: Freeze } } }, async (request) => {
    allowed(request, 'viewer');
    return freezeJson(await deps.freeze.current());
  });
  routes.post('/freeze', { schema: { tags, body: FreezeRequest, response: { 200: Freeze } } }, async (request) => {
    const { actor } = allowedEverywhere(request, 'admin');
    return freezeJson(await deps.freeze.freeze(request.body.reason ?? null, actor));
  });
  routes.delete('/freeze', { schema: { tags, response: { 200: Freeze } } }, async (request) => {
    const { actor } = allowedEverywhere(request, 'admin');
    return freezeJson(await deps.freeze.unfreeze(actor));
  });
}

function freezeJson({ frozen, reason, by, since }: FreezeView): Freeze {
  return { frozen, reason, by, since: toRfc3339(since) };
}
