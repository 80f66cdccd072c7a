import type { RemoteCredentials, Revealable } from '../../platform/git/git-remote.ts';

/** One repository and branch to watch: what this slice needs of server.yaml's `repositories` entry. */
export interface WatchedRepository {
  readonly name: string;
  readonly url: string;
  readonly branch: string;
  readonly pollIntervalMs: number;
  /** What the first head means: `ignore` makes no runs from it. */
  readonly firstSight: 'plan' | 'ignore';
  readonly credentials: RemoteCredentials | null;
  readonly webhook: WebhookSecret | null;
}

export type WebhookProvider = 'github' | 'gitlab' | 'gitea' | 'forgejo' | 'generic';

export interface WebhookSecret {
  readonly provider: WebhookProvider;
  readonly secret: Revealable;
}
