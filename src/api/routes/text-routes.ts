import type { FastifyInstance, FastifyReply } from 'fastify';
import type { ApiDeps } from '../api-deps.ts';
import { allowed, authenticate } from '../authenticate.ts';
import { renderRunText } from '../text/run-text.ts';
import { renderStacksText } from '../text/stacks-text.ts';
import { seen, show } from './run-routes.ts';

/** `/` and `/runs/{id}` as text for people, with the rights of the API. */
export function registerTextRoutes(app: FastifyInstance, deps: ApiDeps): void {
  app.get('/', async (request, reply) => {
    const principal = authenticate(deps.tokens, request);
    const page = await deps.readers.stacks({ limit: 500, cursor: null }, principal.sees);
    return plain(reply, renderStacksText(page, { now: deps.clock.now() }));
  });
  app.get('/runs/:id', async (request, reply) => {
    request.principal = authenticate(deps.tokens, request);
    allowed(request, 'viewer');
    const run = await seen(deps, request, (request.params as { id: string }).id);
    return plain(reply, renderRunText(await show(deps, run), { now: deps.clock.now() }));
  });
}

function plain(reply: FastifyReply, text: string): FastifyReply {
  return reply
    .type('text/plain; charset=utf-8')
    .header('X-Content-Type-Options', 'nosniff')
    .header('Content-Security-Policy', "default-src 'none'")
    .send(text);
}
