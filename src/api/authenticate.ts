import type { FastifyRequest } from 'fastify';
import { type Principal, type Role, requireRight, type TokenDirectory } from '../features/access/index.ts';
import { HoldfastError } from '../kernel/errors.ts';

declare module 'fastify' {
  interface FastifyRequest {
    principal: Principal | null;
  }
}

/** Finds out who calls by `Authorization: Bearer TOKEN`. Throws `unauthenticated`. */
export function authenticate(tokens: TokenDirectory, request: FastifyRequest): Principal {
  const token = /^Bearer +(\S{1,500})$/i.exec(request.headers.authorization ?? '')?.[1];
  const principal = token === undefined ? null : tokens.authenticate(token);
  if (principal) return principal;
  throw new HoldfastError('unauthenticated', token === undefined ? 'a token is missing' : 'this token is not known', {
    treatment: { kind: 'human', wayOut: 'send `Authorization: Bearer TOKEN`; on this host: data_dir/admin.token' },
  });
}

/** The caller, whose role is at least `role` and whose reach covers `stack`. */
export function allowed(request: FastifyRequest, role: Role, stack?: string): Principal {
  if (!request.principal) throw new HoldfastError('internal', 'a route without authentication asked who calls');
  requireRight(request.principal, role, stack);
  return request.principal;
}

/** The caller, whose role is at least `role` and who sees every stack: for what covers the whole instance. */
export function allowedEverywhere(request: FastifyRequest, role: Role): Principal {
  const principal = allowed(request, role);
  if (principal.seesAll) return principal;
  throw new HoldfastError('forbidden', `this covers every stack, and ${principal.actor} is for some of them alone`, {
    treatment: { kind: 'human', wayOut: 'use a token without `stacks`' },
  });
}
