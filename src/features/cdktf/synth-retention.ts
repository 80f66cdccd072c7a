import type { ArtifactStore } from '../../platform/artifacts/artifact-store.ts';
import type { DocumentStore } from '../../platform/artifacts/document-store.ts';
import type { SynthesisedStack } from './synth-store.ts';

/** What can be forgotten of syntheses in rows; each call takes one bounded bite. */
export interface SynthRetentionStore {
  /** Deletes syntheses that ended before `before`, except those an app's stacks are or wait for; answers their keys. */
  deleteSynths(before: number, limit: number): Promise<string[]>;
  /** Tars that no worker sent and nobody asked about since `before`, oldest first. */
  oldTars(before: number, limit: number): Promise<{ readonly digest: string; readonly path: string }[]>;
  /** Whether the spec of a run or of an applied stack names the tar. */
  isInSpec(digest: string): Promise<boolean>;
  /** Not to be asked about again before it is old once more. */
  touchTar(digest: string, at: number): Promise<void>;
  /** False where a worker sent it again in the meantime. */
  deleteTar(digest: string, before: number): Promise<boolean>;
  /** Syntheses that apps name. */
  appliedKeys(): Promise<string[]>;
  /** Which of these files rows name. */
  knownPaths(paths: readonly string[]): Promise<ReadonlySet<string>>;
}

export interface SynthRetentionDeps {
  readonly store: SynthRetentionStore;
  readonly results: DocumentStore;
  readonly tars: ArtifactStore;
}

const BITE = 200;
/** A tar is looked for in all specs: a few at a time. */
const TARS = 20;
/** A synthesis ends at most so long after its first tar was sent. */
const MARGIN_MS = 86_400_000;
/** A tar is written before its row. */
const ORPHAN_MS = 3_600_000;

/** Forgets syntheses and tars that no app, no run and no applied stack names. */
export class SynthRetention {
  readonly #deps: SynthRetentionDeps;

  constructor(deps: SynthRetentionDeps) {
    this.#deps = deps;
  }

  /** One pass over what is older than `before`, seen at `now`; answers how many things went. */
  async sweep(before: number, now: number): Promise<number> {
    const { store, results, tars } = this.#deps;
    const synths = await store.deleteSynths(before, BITE);
    for (const key of synths) await results.delete(key);
    const oldest = before - MARGIN_MS;
    const old = await store.oldTars(oldest, TARS);
    const inUse = old.length > 0 ? await this.#inResults() : new Set<string>();
    let gone = synths.length;
    for (const { digest, path } of old) {
      if (inUse.has(digest) || (await store.isInSpec(digest))) await store.touchTar(digest, now);
      else if (await store.deleteTar(digest, oldest)) {
        await tars.delete(path);
        gone++;
      }
    }
    return gone + (await tars.sweep(ORPHAN_MS, (paths) => store.knownPaths(paths)));
  }

  /** A tar this old was sent for a synthesis that has gone, unless an app names that. */
  async #inResults(): Promise<Set<string>> {
    const found = new Set<string>();
    for (const key of await this.#deps.store.appliedKeys()) {
      const stacks = (await this.#deps.results.get(key)) as readonly SynthesisedStack[] | null;
      for (const { digest } of stacks ?? []) found.add(digest);
    }
    return found;
  }
}
