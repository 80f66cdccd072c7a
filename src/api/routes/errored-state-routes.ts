import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import type { ApiDeps } from '../api-deps.ts';
import { allowed } from '../authenticate.ts';
import { ErroredStateRestored } from '../contract.ts';

const Params = z.object({ name: z.string().min(1).max(500), run: z.string().min(1).max(64) });

/** `/api/v1/stacks/{name}/state/errored/{run}`: a state that could neither be saved nor taken, for admins alone. */
export function registerErroredStateRoutes(app: FastifyInstance, { erroredStates }: ApiDeps): void {
  const routes = app.withTypeProvider<ZodTypeProvider>();
  const tags = ['state'];
  const description = 'The bytes of the `errored.tfstate` that a run left.';

  routes.get(
    '/stacks/:name/state/errored/:run',
    { schema: { tags, params: Params, description } },
    async (request, reply) => {
      const { name, run } = request.params;
      allowed(request, 'admin', name);
      const { bytes, size, digest } = await erroredStates.open(name, run);
      reply.headers({ 'content-type': 'application/json', 'content-length': String(size), etag: `"${digest}"` });
      reply.headers({ 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' });
      return reply.send(bytes);
    },
  );
  routes.post(
    '/stacks/:name/state/errored/:run/restore',
    { schema: { tags, params: Params, response: { 200: ErroredStateRestored } } },
    async (request) => {
      const { name, run } = request.params;
      const { actor } = allowed(request, 'admin', name);
      return { stack: name, run, serial: await erroredStates.restore(name, run, actor) };
    },
  );
}
