import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import type { ApiDeps } from '../api-deps.ts';
import { allowed, allowedEverywhere } from '../authenticate.ts';
import { RunListItem } from '../contract.ts';
import { AckRequest, DriftChecksRequest, DriftReport, FindingJson, Resumed, ResumeRequest } from '../contract-drift.ts';
import { runListItem } from '../run-json.ts';

const Params = z.object({ id: z.string().min(1).max(200) });
const Checks = z.object({ runs: z.array(RunListItem), never_applied: z.array(z.string()) });

/** `/api/v1/drift`: the report (viewers, of their stacks), checks and acknowledgements (operators). */
export function registerDriftRoutes(app: FastifyInstance, deps: ApiDeps): void {
  const routes = app.withTypeProvider<ZodTypeProvider>();
  const tags = ['drift'];

  routes.get('/drift/report', { schema: { tags, response: { 200: DriftReport } } }, async (request) => {
    return deps.drift.report(allowed(request, 'viewer').sees);
  });
  routes.post(
    '/drift/checks',
    { schema: { tags, body: DriftChecksRequest, response: { 201: Checks } } },
    async (request, reply) => {
      const { actor, sees } = allowed(request, 'operator');
      const named = request.body.stacks;
      for (const stack of named ?? []) allowed(request, 'operator', stack);
      const stacks = named ?? (await deps.drift.checkable()).filter(sees);
      const asked = await deps.drift.check([...new Set(stacks)], actor);
      const runs = asked.flatMap(({ run }) => run ?? []);
      const waiting = await deps.waiting.of(runs);
      const { planExpiresMs } = deps;
      return reply.code(201).send({
        runs: runs.map((run) => runListItem(run, { waitingFor: waiting.get(run.id) ?? [], planExpiresMs })),
        never_applied: asked.filter(({ run }) => run === null).map(({ stack }) => stack),
      });
    },
  );
  routes.post(
    '/drift/findings/:id/ack',
    { schema: { tags, params: Params, body: AckRequest, response: { 200: FindingJson } } },
    async (request) => {
      allowed(request, 'operator');
      const { id } = request.params;
      const { actor } = allowed(request, 'operator', await deps.drift.stackOf(id));
      const { reason, until } = request.body;
      return deps.drift.acknowledge(id, { reason, until: until === undefined ? null : Date.parse(until), actor });
    },
  );
  routes.post(
    '/drift/resume',
    { schema: { tags, body: ResumeRequest, response: { 200: Resumed } } },
    async (request) => {
      const { actor } = allowedEverywhere(request, 'approver');
      return { breaker: await deps.drift.resume(request.body.reason, actor) };
    },
  );
}
