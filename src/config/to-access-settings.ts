import { Secret } from './secret.ts';
import type { AccessSettings, WorkerSettings } from './server-config.ts';
import type { ParsedServer } from './server-schema.ts';

/** A text as a `Secret`; absent is null. */
export function toSecret(text: string | undefined): Secret | null {
  return text === undefined ? null : new Secret(text);
}

/** The `worker` block; `root` already absolute. */
export function toWorker(worker: NonNullable<ParsedServer['worker']>, root: string | null): WorkerSettings {
  return { server: worker.server ?? null, secret: toSecret(worker.secret), name: worker.name ?? null, root };
}

/** The `access` block, or what holds without one. */
export function toAccess(access: ParsedServer['access']): AccessSettings {
  if (access === undefined) return { configured: false, localToken: true, tokens: [], oidc: null };
  const { oidc } = access;
  return {
    configured: true,
    localToken: access.local_token,
    tokens: access.tokens.map((token) => ({ ...token, secret: new Secret(token.secret) })),
    oidc:
      oidc === undefined
        ? null
        : {
            issuer: oidc.issuer,
            clientId: oidc.client_id,
            clientSecret: new Secret(oidc.client_secret),
            roles: oidc.roles,
          },
  };
}
