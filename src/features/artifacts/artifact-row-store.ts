import type { Selectable } from 'kysely';
import type { Database } from '../../platform/db/open-database.ts';
import type { ArtifactTable } from '../../platform/db/schema.ts';

/** One kept file of a run. */
export type ArtifactRow = Selectable<ArtifactTable>;

/** Rows of artifacts. The bytes lie in the artifact store of the platform. */
export interface ArtifactRowStore {
  find(db: Database, key: Pick<ArtifactRow, 'run' | 'kind' | 'attempt'>): Promise<ArtifactRow | null>;
  /** Puts the row there, in place of one with the same key; answers the path of the replaced one. */
  replace(db: Database, row: ArtifactRow): Promise<string | null>;
  /** The row of the newest attempt that sent one of the kind (and of the digest, where one is given). */
  newest(db: Database, about: { run: string; kind: string; digest?: string }): Promise<ArtifactRow | null>;
  /** Whether a row of the kind and digest has not expired by `at`. */
  isKept(db: Database, about: { run: string; kind: string; digest: string; at: number }): Promise<boolean>;
  /** Those of the paths that a row names. */
  knownPaths(db: Database, paths: readonly string[]): Promise<Set<string>>;
}
