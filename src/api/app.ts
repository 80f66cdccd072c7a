import swagger from '@fastify/swagger';
import Fastify, { type FastifyInstance } from 'fastify';
import { jsonSchemaTransform, validatorCompiler } from 'fastify-type-provider-zod';
import { HoldfastError } from '../kernel/errors.ts';
import type { ApiDeps } from './api-deps.ts';
import { authenticate } from './authenticate.ts';
import { takeEmptyBodies } from './empty-body.ts';
import { finishOpenApi } from './openapi.ts';
import { sendProblem } from './problem.ts';
import { registerApplyRoutes, registerFreezeRoutes } from './routes/apply-routes.ts';
import { registerChannelRoutes } from './routes/channel-routes.ts';
import { registerDriftRoutes } from './routes/drift-routes.ts';
import { registerErroredStateRoutes } from './routes/errored-state-routes.ts';
import { registerHealthRoutes } from './routes/health-routes.ts';
import { registerLockRoutes } from './routes/lock-routes.ts';
import { registerLogRoutes } from './routes/log-routes.ts';
import { registerLookRoutes } from './routes/look-routes.ts';
import { registerNameRoutes } from './routes/name-routes.ts';
import { registerRunRoutes } from './routes/run-routes.ts';
import { registerStateVersionRoutes } from './routes/state-routes.ts';
import { registerTextRoutes } from './routes/text-routes.ts';

/** Mounts routes of a feature that speaks a protocol of its own (workers, state, webhooks). */
export type Mount = (app: FastifyInstance) => Promise<void> | void;

const BODY_LIMIT = 1024 * 1024;

/** The whole HTTP side of the control plane. Listens to nothing by itself. */
export async function buildApp(deps: ApiDeps, mounts: readonly Mount[]): Promise<FastifyInstance> {
  const onError = sendProblem(deps);
  const app = Fastify({
    // Before there is a route: an address that is no URL, or has a part too long to be a name.
    frameworkErrors: (error, request, reply) => void onError(error, request, reply),
    bodyLimit: BODY_LIMIT,
    forceCloseConnections: true,
    routerOptions: { maxParamLength: 2000 },
    requestTimeout: 0,
  });
  app.setErrorHandler(onError);
  app.setNotFoundHandler(async (request) => {
    throw new HoldfastError('not_found', `there is nothing at ${request.method} ${request.url.slice(0, 200)}`);
  });
  app.decorateRequest('principal', null);
  app.setValidatorCompiler(validatorCompiler);
  app.setSerializerCompiler(() => (data) => JSON.stringify(data));
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: { title: 'Holdfast', version: deps.version },
      components: { securitySchemes: { token: { type: 'http', scheme: 'bearer' } } },
      security: [{ token: [] }],
    },
    transform: jsonSchemaTransform,
  });
  registerHealthRoutes(app, deps);
  registerTextRoutes(app, deps);
  await app.register(
    async (scope) => {
      takeEmptyBodies(scope);
      scope.addHook('onRequest', async (request) => {
        request.principal = authenticate(deps.tokens, request);
      });
      registerRunRoutes(scope, deps);
      registerLogRoutes(scope, deps);
      registerLookRoutes(scope, deps);
      registerStateVersionRoutes(scope, deps);
      registerErroredStateRoutes(scope, deps);
      registerApplyRoutes(scope, deps);
      registerFreezeRoutes(scope, deps);
      registerLockRoutes(scope, deps);
      registerDriftRoutes(scope, deps);
      registerChannelRoutes(scope, deps);
      registerNameRoutes(scope, deps);
    },
    { prefix: '/api/v1' },
  );
  app.get('/api/openapi.json', { schema: { hide: true } }, async () => finishOpenApi(app.swagger()));
  for (const mount of mounts) await app.register(async (scope) => mount(scope));
  await app.ready();
  return app;
}
