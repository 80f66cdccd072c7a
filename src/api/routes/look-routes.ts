import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { HoldfastError } from '../../kernel/errors.ts';
import type { ApiDeps } from '../api-deps.ts';
import { allowed } from '../authenticate.ts';
import { AuditList, NotificationList, RepositoryList, Stack, StackList, WorkerList } from '../contract.ts';
import { NumberedPageQuery, PageQuery } from '../page-query.ts';

const StackParams = z.object({ name: z.string().min(1).max(500) });
const StackQuery = z.object({ explain: z.string().optional() });

/** Lists and single stacks: everything here only looks. */
export function registerLookRoutes(app: FastifyInstance, deps: ApiDeps): void {
  const routes = app.withTypeProvider<ZodTypeProvider>();
  const pageOf = (query: z.infer<typeof PageQuery>) => ({ limit: query.limit, cursor: query.cursor ?? null });
  const schema = <T extends z.ZodType>(tag: string, body: T) => ({
    tags: [tag],
    querystring: PageQuery,
    response: { 200: body },
  });
  const numbered = <T extends z.ZodType>(body: T) => ({ ...schema('instance', body), querystring: NumberedPageQuery });

  routes.get('/stacks', { schema: schema('stacks', StackList) }, async (request) => {
    const principal = allowed(request, 'viewer');
    return deps.readers.stacks(pageOf(request.query), principal.sees);
  });
  routes.get(
    '/stacks/:name',
    { schema: { tags: ['stacks'], params: StackParams, querystring: StackQuery, response: { 200: Stack } } },
    async (request) => {
      const { name } = request.params;
      allowed(request, 'viewer', name);
      const explain = request.query.explain !== undefined && request.query.explain !== '0';
      const stack = await deps.readers.stack(name, explain);
      if (stack) return stack;
      throw new HoldfastError('not_found', `there is no stack ${name}`, {
        treatment: { kind: 'human', wayOut: 'list them with: holdfast stacks' },
      });
    },
  );
  routes.get('/repositories', { schema: schema('instance', RepositoryList) }, async (request) => {
    allowed(request, 'viewer');
    return deps.readers.repositories(pageOf(request.query));
  });
  routes.get('/workers', { schema: schema('instance', WorkerList) }, async (request) => {
    allowed(request, 'viewer');
    return deps.readers.workers(pageOf(request.query));
  });
  routes.get('/notifications', { schema: numbered(NotificationList) }, async (request) => {
    const { sees, seesAll } = allowed(request, 'operator');
    const page = await deps.readers.notifications(pageOf(request.query));
    const isSeen = ({ stack }: { readonly stack: string | null }) => seesAll || (stack !== null && sees(stack));
    return { ...page, notifications: page.notifications.filter(isSeen) };
  });
  routes.get('/audit', { schema: numbered(AuditList) }, async (request) => {
    const { sees, seesAll } = allowed(request, 'admin');
    const page = await deps.readers.audit(pageOf(request.query));
    return { ...page, audit: page.audit.filter(({ stack }) => seesAll || (stack !== null && sees(stack))) };
  });
}
