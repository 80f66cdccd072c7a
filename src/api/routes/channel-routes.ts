import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import type { ApiDeps } from '../api-deps.ts';
import { allowedEverywhere } from '../authenticate.ts';
import { ChannelTest } from '../contract.ts';

const ChannelParams = z.object({ name: z.string().min(1).max(200) });

/** `POST /api/v1/channels/{name}/test`: one sample of each event, told at once; for operators of everything. */
export function registerChannelRoutes(app: FastifyInstance, deps: ApiDeps): void {
  app
    .withTypeProvider<ZodTypeProvider>()
    .post(
      '/channels/:name/test',
      { schema: { tags: ['instance'], params: ChannelParams, response: { 200: ChannelTest } } },
      async (request) => {
        allowedEverywhere(request, 'operator');
        const { name } = request.params;
        return { channel: name, samples: await deps.testChannel(name) };
      },
    );
}
