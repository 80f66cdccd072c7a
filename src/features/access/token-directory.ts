import { timingSafeEqual } from 'node:crypto';
import picomatch from 'picomatch';
import { sha256 } from '../../kernel/digest.ts';
import type { Principal, Role } from './principal.ts';

/** A token as it is configured. */
export interface TokenEntry {
  readonly name: string;
  readonly role: Role;
  /** Globs over stack names. */
  readonly stacks: readonly string[];
  readonly secret: string;
}

/** Knows tokens by their hash; the clear text is not kept. */
export class TokenDirectory {
  readonly #entries: readonly { readonly digest: Buffer; readonly principal: Principal }[];

  constructor(entries: readonly TokenEntry[]) {
    this.#entries = entries.map((entry) => ({ digest: hash(entry.secret), principal: principalOf(entry) }));
  }

  /** Whom a token belongs to, or null. Takes the same time for every wrong token. */
  authenticate(token: string): Principal | null {
    const digest = hash(token);
    let found: Principal | null = null;
    for (const entry of this.#entries) if (timingSafeEqual(entry.digest, digest)) found = entry.principal;
    return found;
  }
}

function principalOf(entry: TokenEntry): Principal {
  const isAll = entry.stacks.includes('**');
  const matches = isAll ? () => true : picomatch([...entry.stacks], { dot: true });
  return { actor: `token:${entry.name}`, role: entry.role, sees: (stack) => matches(stack), seesAll: isAll };
}

function hash(token: string): Buffer {
  return Buffer.from(sha256(token), 'hex');
}
