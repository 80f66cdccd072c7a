import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { toRfc3339 } from '../../kernel/clock.ts';
import { HoldfastError } from '../../kernel/errors.ts';
import type { ApiDeps } from '../api-deps.ts';
import type { LockView } from '../apply-ports.ts';
import { allowed } from '../authenticate.ts';
import { type LockJson, LockList, Unlocked, UnlockRequest } from '../contract.ts';
import { PageQuery } from '../page-query.ts';

const StackParams = z.object({ stack: z.string().min(1).max(500) });

/** `/api/v1/locks`: who holds what (viewers, of their stacks), and unlock (admins). */
export function registerLockRoutes(app: FastifyInstance, deps: ApiDeps): void {
  const routes = app.withTypeProvider<ZodTypeProvider>();
  const tags = ['locks'];
  routes.get('/locks', { schema: { tags, querystring: PageQuery, response: { 200: LockList } } }, async (request) => {
    const { sees } = allowed(request, 'viewer');
    const { limit, cursor } = request.query;
    const locks = (await deps.locks.list())
      .filter(({ stack }) => sees(stack) && (cursor === undefined || stack > cursor))
      .toSorted((a, b) => (a.stack < b.stack ? -1 : 1));
    const shown = locks.slice(0, limit);
    return { locks: shown.map(lockJson), next: locks.length > limit ? (shown.at(-1)?.stack ?? null) : null };
  });
  routes.delete(
    '/locks/:stack',
    { schema: { tags, params: StackParams, body: UnlockRequest, response: { 200: Unlocked } } },
    async (request) => {
      const { stack } = request.params;
      const { actor } = allowed(request, 'admin', stack);
      const { confirm } = request.body;
      if (confirm !== stack) {
        throw new HoldfastError('invalid', `\`confirm\` must be the stack's name "${stack}", got "${confirm}"`, {
          treatment: { kind: 'human', wayOut: 'look at who holds it (holdfast locks), then name it again' },
        });
      }
      const { freed, foreign } = await deps.locks.unlock(stack, actor);
      if (freed === null && foreign === null) await knowStack(deps, stack);
      return { stack, freed: freed && lockJson(freed), foreign };
    },
  );
}

/** Throws `not_found` for a name of which there is neither a stack nor a state: it was mistyped. */
async function knowStack({ readers, states }: ApiDeps, stack: string): Promise<void> {
  if ((await readers.stack(stack, false)) !== null || (await states.list(stack, 1)).length > 0) return;
  throw new HoldfastError('not_found', `there is no stack ${stack}, and no lock on it`, {
    treatment: { kind: 'human', wayOut: 'list them with: holdfast locks, holdfast stacks' },
  });
}

function lockJson(lock: LockView): LockJson {
  const { stack, run, holder, since, state, evidence, operation, lockId } = lock;
  const lock_id = lockId === '' ? null : lockId;
  return { stack, run, holder, since: toRfc3339(since), state, evidence, operation, lock_id };
}
