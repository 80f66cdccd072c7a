import { HoldfastError } from '../../kernel/errors.ts';

export const ROLES = ['viewer', 'operator', 'approver', 'admin'] as const;
export type Role = (typeof ROLES)[number];

/** Who calls: a token with a role over some stacks. */
export interface Principal {
  /** As the audit log names it: `token:ci`. */
  readonly actor: string;
  readonly role: Role;
  /** Whether a stack of this name is within the token's reach. */
  readonly sees: (stack: string) => boolean;
  /** Whether its reach is every stack there is or may come: what covers the whole instance needs it. */
  readonly seesAll: boolean;
}

/** Whether the principal's role is at least `role`. Pure. */
export function hasRole(principal: Principal, role: Role): boolean {
  return ROLES.indexOf(principal.role) >= ROLES.indexOf(role);
}

/** Throws `forbidden` where the role is too low, `not_found` where the stack is out of reach (its existence is not told). */
export function requireRight(principal: Principal, role: Role, stack?: string): void {
  if (stack !== undefined && !principal.sees(stack)) {
    throw new HoldfastError('not_found', `there is no stack ${stack} for ${principal.actor}`, {
      treatment: { kind: 'human', wayOut: 'use a token whose `stacks` cover it' },
    });
  }
  if (hasRole(principal, role)) return;
  throw new HoldfastError('forbidden', `${principal.actor} is ${principal.role}; this needs ${role}`, {
    treatment: { kind: 'human', wayOut: `use a token with the role ${role} (server.yaml, access.tokens)` },
  });
}
