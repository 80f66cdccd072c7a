import type { Readable } from 'node:stream';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { HoldfastError } from '../../kernel/errors.ts';
import { requireWorkerSecret } from '../execution/index.ts';
import { SynthClaim, SynthLease, SynthOutcome } from '../execution/synth-protocol.ts';
import type { SynthDesk } from './synth-desk.ts';

export interface SynthRouteDeps {
  readonly secret: string;
  readonly desk: SynthDesk;
}

const OUTCOME_LIMIT = 64 * 1024 ** 2;
const Attempt = z.object({ attempt: z.coerce.number().int().min(1) });

/** Mounts `/worker/v1/synths`. */
export function registerSynthRoutes(app: FastifyInstance, { desk, secret }: SynthRouteDeps): void {
  app.register(
    async (scope) => {
      scope.addHook('onRequest', async (request) => requireWorkerSecret(request.headers.authorization, secret));
      scope.post('/claims', async (request, reply) => {
        const assignment = await desk.claim(parse(SynthClaim, request.body));
        return assignment ?? reply.code(204).send();
      });
      scope.post('/:key/lease', async (request, reply) => {
        await desk.extend({ key: keyOf(request), ...parse(SynthLease, request.body) });
        return reply.code(204).send();
      });
      scope.post('/:key/outcome', { bodyLimit: OUTCOME_LIMIT }, async (request, reply) => {
        await desk.record(keyOf(request), parse(SynthOutcome, request.body));
        return reply.code(204).send();
      });
      scope.register(async (raw) => {
        raw.removeAllContentTypeParsers();
        raw.addContentTypeParser('*', (_request, payload, done) => done(null, payload));
        raw.get('/:key/source', async (request, reply) => {
          return reply.type('application/x-tar').send(await desk.source(refOf(request)));
        });
        raw.put('/:key/stacks', async (request) => desk.receive(refOf(request), request.body as Readable));
      });
    },
    { prefix: '/worker/v1/synths' },
  );
}

function parse<T>(schema: z.ZodType<T>, value: unknown): T {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  throw new HoldfastError(
    'invalid',
    `the request does not follow the job protocol: ${issue?.path.join('.')}: ${issue?.message}`,
  );
}

function keyOf(request: FastifyRequest): string {
  return (request.params as { key: string }).key;
}

function refOf(request: FastifyRequest): { key: string; attempt: number } {
  return { key: keyOf(request), ...parse(Attempt, request.query) };
}
