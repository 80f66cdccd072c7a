import type { Readable } from 'node:stream';
import type { ByteSource } from '../crypto/byte-reader.ts';

/** What is known of an artifact once it is safely kept. */
export interface StoredArtifact {
  /** Where the store finds it again. */
  readonly path: string;
  /** SHA-256 of the clear bytes, hex. */
  readonly digest: string;
  /** Clear bytes. */
  readonly size: number;
}

export interface PutOptions {
  /** What it is and whose: `plan|stack|run|kind|commit|engine`. Only who names the same context can open it. */
  readonly context: string;
  /** Clear bytes beyond this end it with `too_large`, and nothing is kept. */
  readonly maxBytes: number;
}

/** Keeps files that runs leave (plans, working copies, states), sealed, each written once. */
export interface ArtifactStore {
  /**
   * Hashes, seals and keeps a stream; when it resolves, the bytes survive a power loss. Where it rejects (`too_large`,
   * `busy` for a full disk, or whatever the source threw) nothing is kept.
   */
  put(source: ByteSource, options: PutOptions): Promise<StoredArtifact>;
  /**
   * The clear bytes. Rejects with `internal` where they are missing, damaged or another context's; ends with that error
   * where a later part is. Its last part is given out only where it was kept with this digest.
   */
  open(stored: Pick<StoredArtifact, 'path' | 'digest'>, context: string): Promise<Readable>;
  /** Forgets an artifact; one that is not there is fine. */
  delete(path: string): Promise<void>;
  /** Deletes what is older than `olderThanMs` and unknown to `isKnown` (asked in batches); answers how many. */
  sweep(olderThanMs: number, isKnown: (paths: readonly string[]) => Promise<ReadonlySet<string>>): Promise<number>;
}
