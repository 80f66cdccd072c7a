import type { Transaction } from 'kysely';
import type { DatabaseSchema } from '../../platform/db/schema.ts';
import type { GitMirror } from '../../platform/git/git-objects.ts';

/** A head that was seen and has no runs yet. */
export interface HeadToProcess {
  readonly repository: string;
  /** The last processed head: changes are computed from here. null on first sight, and where it vanished: all is new. */
  readonly base: string | null;
  readonly commit: string;
  /** False on a first sight that is to be ignored: the stacks become known, runs are not made. */
  readonly makesRuns: boolean;
  readonly mirror: GitMirror;
}

/**
 * Turns a head into runs (features/changes). Within the transaction that writes them it calls
 * `HeadStore.markProcessed`; whatever it throws is kept with the head, said, and tried again as its treatment says.
 */
export interface HeadProcessor {
  process(head: HeadToProcess): Promise<void>;
}

/** The part of the store that belongs into the processor's transaction. */
export interface HeadStore {
  /** Marks the head, and every older one of the repository, processed; clears what was said about them. */
  markProcessed(tx: Transaction<DatabaseSchema>, head: ProcessedHead): Promise<void>;
}

export interface ProcessedHead {
  readonly repository: string;
  readonly commit: string;
  readonly at: number;
  /** JSON list of what the head's configuration said wrong without stopping it (names that clash); default: nothing. */
  readonly configError?: string | null;
}
