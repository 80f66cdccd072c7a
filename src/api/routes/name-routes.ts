import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import type { ApiDeps } from '../api-deps.ts';
import { allowed, allowedEverywhere } from '../authenticate.ts';
import { CdktfApp, Moved, MoveRequest, Released } from '../contract.ts';

const StackParams = z.object({ name: z.string().min(1).max(500) });

/** Another name for a stack (admins of both names), a CDKTF app once more (operators), and deletions that were held (approvers of everything). */
export function registerNameRoutes(app: FastifyInstance, deps: ApiDeps): void {
  const routes = app.withTypeProvider<ZodTypeProvider>();
  routes.post(
    '/stacks/:name/move',
    { schema: { tags: ['stacks'], params: StackParams, body: MoveRequest, response: { 200: Moved } } },
    async (request) => {
      const { name } = request.params;
      const { to } = request.body;
      allowed(request, 'admin', to);
      const { actor } = allowed(request, 'admin', name);
      const { run } = await deps.names.move(name, to, actor);
      return { ...((await deps.readers.stack(to, false)) ?? { name: to }), run };
    },
  );
  routes.post(
    '/apps/:name/retry',
    { schema: { tags: ['stacks'], params: StackParams, response: { 200: CdktfApp } } },
    async (request) => {
      const { name } = request.params;
      const { actor } = allowed(request, 'operator', name);
      return deps.apps.retry(name, actor);
    },
  );
  routes.post('/deletions/release', { schema: { tags: ['stacks'], response: { 200: Released } } }, async (request) => {
    const { actor } = allowedEverywhere(request, 'approver');
    return { released: await deps.names.release(actor) };
  });
}
