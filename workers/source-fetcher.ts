import type { Readable } from 'node:stream';

/** Where a run's files come from: the control plane, as a tar stream. */
export interface SourceFetcher {
  /** The tar of the run's source (regular files with modes, links as links). */
  fetch(run: string, attempt: number): Promise<Readable>;
}
