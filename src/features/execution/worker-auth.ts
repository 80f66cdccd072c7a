import { timingSafeEqual } from 'node:crypto';
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
