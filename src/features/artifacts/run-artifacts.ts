import type { Readable } from 'node:stream';
import type { Clock } from '../../kernel/clock.ts';
import { HoldfastError, messageOf } from '../../kernel/errors.ts';
import type { Logger } from '../../kernel/logger.ts';
import type { ArtifactStore } from '../../platform/artifacts/artifact-store.ts';
import type { ByteSource } from '../../platform/crypto/byte-reader.ts';
import type { Database } from '../../platform/db/open-database.ts';
import type { ArtifactRow, ArtifactRowStore } from './artifact-row-store.ts';

/** What an artifact is and whose. All of it but the attempt is bound into its sealed bytes. */
export interface ArtifactIdentity {
  readonly run: string;
  readonly attempt: number;
  /** `plan`, `workdir`, … */
  readonly kind: string;
  readonly stack: string;
  readonly commit: string;
  /** `terraform 1.11.4`. */
  readonly engine: string;
  /** `plan 3f…`: the kind of the run, and the digest of the spec that it runs with. */
  readonly spec: string;
  /** Digest of the files that a plan was made of; null where nobody told it. */
  readonly tree?: string | null;
}

export interface RunArtifactsDeps {
  readonly db: Database;
  readonly rows: ArtifactRowStore;
  readonly artifacts: ArtifactStore;
  readonly clock: Clock;
  readonly log: Logger;
  /** Largest artifact of a kind, in bytes. */
  readonly maxBytes: (kind: string) => number;
  /** How long one of a kind is kept (`retention.plans`). */
  readonly keepMs: (kind: string) => number;
}

/**
 * Files that runs leave: received, hashed and sealed by the control plane, handed out to who names them rightly. What is
 * past its retention is deleted by the retention loop.
 */
export class RunArtifacts {
  readonly #deps: RunArtifactsDeps;

  constructor(deps: RunArtifactsDeps) {
    this.#deps = deps;
  }

  /** Receives one; a second one of the same attempt takes the place of the first. Throws `too_large`, `busy`. */
  async receive(about: ArtifactIdentity, bytes: ByteSource): Promise<{ digest: string; size: number }> {
    const { db, rows, artifacts, clock, keepMs, maxBytes } = this.#deps;
    const { run, kind, attempt } = about;
    const stored = await artifacts.put(bytes, { context: contextOf(about), maxBytes: maxBytes(kind) });
    const { digest, size, path } = stored;
    const at = clock.now();
    const row = { run, kind, attempt, digest, size, path, created_at: at, expires_at: at + keepMs(kind) };
    const replaced = await rows.replace(db, row);
    if (replaced !== null) await this.#forget(replaced);
    return { digest, size };
  }

  /** SHA-256 of what this attempt sent, or null. */
  async digestOf(run: string, attempt: number, kind: string): Promise<string | null> {
    return (await this.#deps.rows.find(this.#deps.db, { run, attempt, kind }))?.digest ?? null;
  }

  /** Whether a plan file of this digest can still be handed out. */
  isPlanKept(db: Database, run: string, digest: string): Promise<boolean> {
    return this.#deps.rows.isKept(db, { run, kind: 'plan', digest, at: this.#deps.clock.now() });
  }

  /** Its bytes. Throws `gone` after the retention, `internal` where they are not what was received for this identity. */
  async open(about: ArtifactIdentity): Promise<{ digest: string; size: number; bytes: Readable }> {
    return this.#open(about, await this.#deps.rows.find(this.#deps.db, about));
  }

  /** The same of whatever attempt sent the newest one of the kind, and of the digest where one is given. */
  async openNewest(about: ArtifactIdentity & { readonly digest?: string }, db: Database = this.#deps.db) {
    const { run, kind, digest } = about;
    const key = digest === undefined ? { run, kind } : { run, kind, digest };
    return this.#open(about, await this.#deps.rows.newest(db, key));
  }

  /** The row of the newest one of the kind (and digest), or null. */
  newest(db: Database, about: { run: string; kind: string; digest?: string }): Promise<ArtifactRow | null> {
    return this.#deps.rows.newest(db, about);
  }

  async #open(
    about: ArtifactIdentity,
    row: ArtifactRow | null,
  ): Promise<{ digest: string; size: number; bytes: Readable }> {
    if (!row || (row.expires_at ?? Number.POSITIVE_INFINITY) <= this.#deps.clock.now()) {
      throw new HoldfastError('gone', `the ${about.kind} of run ${about.run} is not kept (any more)`, {
        treatment: { kind: 'human', wayOut: `plan again: holdfast plan ${about.stack}` },
      });
    }
    return { digest: row.digest, size: row.size, bytes: await this.#deps.artifacts.open(row, contextOf(about)) };
  }

  /** Of these paths of the artifact store, those that a row names: for the sweep of orphans. */
  knownPaths(paths: readonly string[]): Promise<Set<string>> {
    return this.#deps.rows.knownPaths(this.#deps.db, paths);
  }

  async #forget(path: string): Promise<void> {
    await this.#deps.artifacts.delete(path).catch((error: unknown) => {
      this.#deps.log.warn({ path, error: messageOf(error) }, 'an artifact could not be deleted; the sweep will');
    });
  }
}

/** As JSON, so that no part can reach into the next. The digest is checked against the row while reading. */
function contextOf({ stack, run, kind, commit, engine, spec, tree }: ArtifactIdentity): string {
  return JSON.stringify(['artifact', stack, run, kind, commit, engine, spec, ...(tree ? [tree] : [])]);
}
