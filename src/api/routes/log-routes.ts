import { Readable } from 'node:stream';
import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { isHeldByWorker } from '../../features/runs/index.ts';
import { sleep } from '../../kernel/clock.ts';
import { HoldfastError } from '../../kernel/errors.ts';
import type { ApiDeps } from '../api-deps.ts';
import { seen } from './run-routes.ts';

const FOLLOWERS = 200;
const PIECE = 256 * 1024;
const LOOK_MS = 250;

/** `/api/v1/runs/{id}/log`: plain text; `?follow=1` goes on until the run comes to rest. */
export function registerLogRoutes(app: FastifyInstance, deps: ApiDeps): void {
  const followers = new Set<AbortController>();
  app.addHook('preClose', async () => {
    for (const follower of followers) follower.abort();
  });
  app.withTypeProvider<ZodTypeProvider>().get(
    '/runs/:id/log',
    {
      schema: {
        tags: ['runs'],
        params: z.object({ id: z.string().min(1).max(200) }),
        querystring: z.object({ follow: z.string().optional() }),
      },
    },
    async (request, reply) => {
      const run = await seen(deps, request, request.params.id);
      reply.type('text/plain; charset=utf-8').header('X-Content-Type-Options', 'nosniff');
      const { follow } = request.query;
      if (follow === undefined || follow === '0') return reply.send(await deps.logs.stream(run.id));
      if (followers.size >= FOLLOWERS) throw new HoldfastError('busy', `${FOLLOWERS} logs are followed already`);
      const stop = new AbortController();
      followers.add(stop);
      reply.raw.on('close', () => stop.abort());
      const pieces = followLog(deps, run.id, stop.signal, () => followers.delete(stop));
      return reply.send(Readable.from(pieces, { objectMode: false }));
    },
  );
}

async function* followLog(deps: ApiDeps, id: string, signal: AbortSignal, done: () => void): AsyncGenerator<Buffer> {
  try {
    for (let offset = 0; !signal.aborted; ) {
      // Asked before reading: what came in before the run rested is then read for sure.
      const run = await deps.runs.get(id);
      const piece = await deps.logs.read(id, offset, PIECE);
      offset += piece.length;
      if (piece.length > 0) yield piece;
      else if (run.status !== 'queued' && !isHeldByWorker(run.status)) return;
      else await sleep(deps.clock, LOOK_MS, signal);
    }
  } finally {
    done();
  }
}
