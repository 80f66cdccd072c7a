import type { FastifyInstance } from 'fastify';
import type { ApiDeps } from '../api-deps.ts';
import { allowed, authenticate } from '../authenticate.ts';

/** `/livez /readyz /healthz` for machines without a token, `/metrics` for viewers. */
export function registerHealthRoutes(app: FastifyInstance, deps: ApiDeps): void {
  app.get('/livez', async () => ({ status: 'ok' }));
  app.get('/readyz', async (_request, reply) => {
    const { status } = await deps.health();
    const isReady = status === 'ok' || status === 'degraded';
    return reply.code(isReady ? 200 : 503).send({ status });
  });
  app.get('/healthz', async (request, reply) => {
    const health = await deps.health();
    const isVerbose = (request.query as { verbose?: string }).verbose !== undefined;
    // What is checked names repositories and channels: only for those who may look.
    if (isVerbose) request.principal = authenticate(deps.tokens, request);
    const body = isVerbose ? health : { status: health.status, version: health.version };
    return reply.code(health.status === 'failing' ? 503 : 200).send(body);
  });
  app.get('/metrics', async (request, reply) => {
    request.principal = authenticate(deps.tokens, request);
    allowed(request, 'viewer');
    return reply.type('text/plain; version=0.0.4; charset=utf-8').send(await deps.metrics());
  });
}
