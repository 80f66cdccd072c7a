import { timingSafeEqual } from 'node:crypto';
import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import { sha256 } from '../../kernel/digest.ts';
import { HoldfastError } from '../../kernel/errors.ts';

/** Throws `unauthenticated` unless the header carries the workers' secret. Constant time. */
export function requireWorkerSecret(header: string | undefined, secret: string): void {
  const told = /^Bearer (\S{1,200})$/.exec(header ?? '')?.[1] ?? '';
  const same = timingSafeEqual(Buffer.from(sha256(told)), Buffer.from(sha256(secret)));
  if (same && told !== '') return;
  throw new HoldfastError('unauthenticated', "the workers' secret is missing or wrong", {
    treatment: {
      kind: 'human',
      wayOut: 'give the worker the secret of this control plane (server.yaml, worker.secret)',
    },
  });
}

/** The name that a worker gives itself, percent-encoded in its header. */
export function workerOf(request: FastifyRequest): string {
  const name = z.string().min(1).max(600).catch('unknown').parse(request.headers['x-holdfast-worker']);
  try {
    return decodeURIComponent(name).slice(0, 200);
  } catch {
    return name.slice(0, 200);
  }
}
