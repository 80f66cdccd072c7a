import type { Selectable } from 'kysely';
import type { HeadTable, RepositoryTable } from '../../platform/db/schema.ts';
import type { RepositoryPlace, RepositoryRename } from './find-renamed.ts';
import type { HeadStore } from './head-processor.ts';

export type RepositoryStatus = RepositoryTable['status'];
export type Head = Selectable<HeadTable>;

/** What one look at a remote found. */
export interface LookRecord {
  readonly status: RepositoryStatus;
  /** A sentence for people, without secrets; null while all is well. */
  readonly error: string | null;
  /** Looks in a row that failed. */
  readonly failures: number;
  readonly polledAt: number;
  readonly nextPollAt: number;
  /** When a webhook asked for this look; null leaves what is there. */
  readonly hintAt: number | null;
}

/** Rows of `repositories` and `heads`. Rows of repositories that are no longer configured stay, and are not looked at. */
export interface RepoStore extends HeadStore {
  /** Which of these are known ones under another name. */
  renamed(repositories: readonly RepositoryPlace[]): Promise<RepositoryRename[]>;
  /**
   * Makes rows for new repositories; follows changes of URL and branch, and of the names given. `url` is stored without
   * userinfo.
   */
  configure(repositories: readonly RepositoryPlace[], renamed: readonly RepositoryRename[]): Promise<void>;
  list(): Promise<RepositoryTable[]>;
  find(name: string): Promise<RepositoryTable | null>;
  recordLook(name: string, look: LookRecord): Promise<void>;
  /** A look that found nothing new: `list` tells when it was, and no row is written. */
  glanced(name: string, look: Pick<LookRecord, 'polledAt' | 'nextPollAt'>): void;
  /** A head seen becomes a row, and the repository's head, before anything else happens with it. */
  addHead(head: { repository: string; commit: string; at: number }): Promise<void>;
  /** The newest head without runs; older ones are marked processed together with it. */
  newestOpenHead(repository: string): Promise<Head | null>;
  /** Keeps why a head could not be processed. `configError` is JSON, or null where it was no fault of the configuration. */
  recordHeadError(head: Head, error: string, configError: string | null): Promise<void>;
}
