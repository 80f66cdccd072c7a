import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import type { StateVersion } from '../../features/state/index.ts';
import { toRfc3339 } from '../../kernel/clock.ts';
import { HoldfastError } from '../../kernel/errors.ts';
import type { ApiDeps } from '../api-deps.ts';
import { allowed } from '../authenticate.ts';
import { StateRestored, type StateVersionJson, StateVersionList } from '../contract.ts';
import { PageQuery } from '../page-query.ts';

const StackParams = z.object({ name: z.string().min(1).max(500) });
const serial = z.string().regex(/^\d{1,15}$/, 'must be the serial of a version');
const RestoreParams = StackParams.extend({ serial });
const PullParams = StackParams.extend({ serial: z.union([z.literal('latest'), serial]) });
const VersionQuery = PageQuery.extend({ cursor: serial.optional() });

/** `/api/v1/stacks/{name}/state/versions`: viewers see which versions there are; their content is for admins alone. */
export function registerStateVersionRoutes(app: FastifyInstance, deps: ApiDeps): void {
  const routes = app.withTypeProvider<ZodTypeProvider>();
  const tags = ['state'];

  routes.get(
    '/stacks/:name/state/versions',
    { schema: { tags, params: StackParams, querystring: VersionQuery, response: { 200: StateVersionList } } },
    async (request) => {
      const { name } = request.params;
      allowed(request, 'viewer', name);
      return listVersions(deps, name, request.query);
    },
  );
  routes.get(
    '/stacks/:name/state/versions/:serial',
    { schema: { tags, params: PullParams, description: 'The bytes of a state; `latest` is the current one.' } },
    async (request, reply) => {
      const { name, serial } = request.params;
      allowed(request, 'admin', name);
      const { version, bytes } = await deps.states.pull(name, serial === 'latest' ? null : Number(serial));
      // The length lets a reader see that it got less than all; what breaks off is cut, never ended well.
      reply.headers({ 'content-type': 'application/json', 'content-length': String(version.size) });
      reply.headers({ etag: `"${version.digest}"`, 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' });
      return reply.send(bytes);
    },
  );
  routes.post(
    '/stacks/:name/state/versions/:serial/restore',
    { schema: { tags, params: RestoreParams, response: { 200: StateRestored } } },
    async (request) => {
      const { name, serial } = request.params;
      const { actor } = allowed(request, 'admin', name);
      await deps.states.restore(name, Number(serial), actor);
      const [version] = await deps.states.list(name, 1);
      if (!version) throw new HoldfastError('internal', `the restored state of ${name} is gone`);
      return { stack: name, restored_from: Number(serial), version: versionJson(version) };
    },
  );
}

async function listVersions(deps: ApiDeps, stack: string, query: z.infer<typeof VersionQuery>) {
  const { limit, cursor } = query;
  const found = await deps.states.list(stack, limit + 1, cursor === undefined ? null : Number(cursor));
  if (found.length === 0 && cursor === undefined && (await deps.readers.stack(stack, false)) === null) {
    throw new HoldfastError('not_found', `there is no stack ${stack}, and no state of it`, {
      treatment: { kind: 'human', wayOut: 'list them with: holdfast stacks' },
    });
  }
  const shown = found.slice(0, limit);
  const last = shown.at(-1);
  const next = found.length > limit && last ? String(last.sequence) : null;
  return { stack, versions: shown.map(versionJson), next };
}

function versionJson(version: StateVersion): StateVersionJson {
  const { serial, lineage, digest, size, who, run, terraform_version } = version;
  return { serial, lineage, digest, size, who, run, terraform_version, created_at: toRfc3339(version.created_at) };
}
