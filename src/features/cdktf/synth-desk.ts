import type { Readable } from 'node:stream';
import type { Clock } from '../../kernel/clock.ts';
import { HoldfastError } from '../../kernel/errors.ts';
import type { Logger } from '../../kernel/logger.ts';
import type { ArtifactStore } from '../../platform/artifacts/artifact-store.ts';
import type { DocumentStore } from '../../platform/artifacts/document-store.ts';
import type { Database } from '../../platform/db/open-database.ts';
import type { SynthTable } from '../../platform/db/schema-cdktf.ts';
import type { Notices } from '../changes/index.ts';
import type { EnvironmentFor, SourceArchive } from '../execution/index.ts';
import type { SynthAssignment, SynthClaim, SynthOutcome } from '../execution/synth-protocol.ts';
import type { Admissible, Tx } from '../runs/index.ts';
import type { SynthJob } from './cdktf-app.ts';
import type { SynthStore } from './synth-store.ts';

export interface SynthDeskDeps {
  readonly db: Database;
  readonly store: SynthStore;
  readonly results: DocumentStore;
  readonly tars: ArtifactStore;
  readonly sources: SourceArchive;
  readonly environmentFor: EnvironmentFor;
  /** Has the newest head of a repository processed again. */
  readonly reopen: (tx: Tx, repository: string, at: number) => Promise<void>;
  readonly hint: (repository: string) => void;
  readonly notices: Notices;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly leaseMs: number;
}

interface Ref {
  readonly key: string;
  readonly attempt: number;
}

const MAX_TAR = 128 * 1024 ** 2;
/** Attempts whose worker died, or whose `npm ci` failed. */
const MAX_ATTEMPTS = 3;
const INSTALL_PAUSE_MS = 30_000;

/** Gives syntheses to workers and takes what they made: claimed under an attempt, held by a lease, begun anew after a death. */
export class SynthDesk {
  readonly #deps: SynthDeskDeps;
  readonly #startedAt: number;

  constructor(deps: SynthDeskDeps) {
    this.#deps = deps;
    this.#startedAt = deps.clock.now();
  }

  /** What waits for a worker, as the doorbell rings for runs. */
  async admissible(limit: number): Promise<Admissible[]> {
    const due = await this.#deps.store.due(this.#deps.clock.now(), limit);
    return due.map(({ key, app, attempt }) => ({ id: `synth-${key}`, stack: app, phase: 'plan' as const, attempt }));
  }

  /** The assignment, or null where nothing waits. The same `claim_id`: the same answer. */
  async claim(claim: SynthClaim): Promise<SynthAssignment | null> {
    const { db, store, clock, leaseMs } = this.#deps;
    const known = await store.findClaim(claim.claim_id);
    if (known) return known.status === 'running' ? this.#assignment(known) : null;
    for (const synth of await store.due(clock.now(), 20)) {
      const set = {
        status: 'running' as const,
        attempt: synth.attempt + 1,
        claim_id: claim.claim_id,
        worker: claim.worker,
        lease_until: clock.now() + leaseMs,
      };
      const isMine = await db.transaction().execute((tx) => store.change(tx, synth, set));
      if (isMine) return this.#assignment({ ...synth, ...set });
    }
    return null;
  }

  /** Throws `fenced` where the synthesis is somebody else's by now, or ended. */
  async extend(ref: Ref): Promise<void> {
    const { db, store, clock, leaseMs } = this.#deps;
    await db.transaction().execute(async (tx) => {
      const synth = await this.#held(tx, ref);
      await store.change(tx, synth, { lease_until: clock.now() + leaseMs });
    });
  }

  async source(ref: Ref): Promise<Readable> {
    const synth = await this.#deps.db.transaction().execute((tx) => this.#held(tx, ref));
    const { paths } = JSON.parse(synth.job) as SynthJob;
    return this.#deps.sources.archive(synth.repository, synth.commit_sha, paths);
  }

  /** Keeps the tar of one stack; the same bytes are kept once. */
  async receive(ref: Ref, bytes: Readable): Promise<{ digest: string; size: number }> {
    const { db, store, tars, clock } = this.#deps;
    await db.transaction().execute((tx) => this.#held(tx, ref));
    const stored = await tars.put(bytes, { context: CONTEXT, maxBytes: MAX_TAR });
    const { digest, path, size } = stored;
    // Said anew even where it is kept: what a worker has just sent is in use.
    const known = await store.findTar(digest);
    if (known) await tars.delete(path);
    await store.saveTar({ digest, path: known?.path ?? path, size, created_at: clock.now() });
    return { digest, size };
  }

  /** The bytes of a kept tar. Throws `gone`. */
  async openTar(digest: string): Promise<Readable> {
    const tar = await this.#deps.store.findTar(digest);
    if (!tar) throw new HoldfastError('gone', `the synthesised stack ${digest} is not kept any more`);
    return this.#deps.tars.open(tar, CONTEXT);
  }

  async record(key: string, outcome: SynthOutcome): Promise<void> {
    const { db, store, results, logger } = this.#deps;
    const before = await store.find(key);
    // Told again after it was recorded.
    if (before?.attempt === outcome.attempt && before.status !== 'running') return;
    for (const { name, digest } of outcome.stacks) {
      if (!(await store.findTar(digest)))
        throw new HoldfastError('invalid', `the files of stack "${name}" were not sent`);
    }
    if (outcome.result === 'done') await results.put(key, outcome.stacks);
    const repository = await db.transaction().execute(async (tx) => {
      const synth = await this.#held(tx, { key, attempt: outcome.attempt });
      if (outcome.result === 'install_failed' && synth.attempt < MAX_ATTEMPTS) {
        await this.#again(tx, synth, INSTALL_PAUSE_MS * synth.attempt);
        return null;
      }
      await this.#end(tx, synth, outcome.result === 'done' ? null : (outcome.error ?? 'its synthesis failed'));
      return synth.repository;
    });
    logger.info(
      { key, result: outcome.result, stacks: outcome.stacks.length, error: outcome.error },
      'a synthesis ended',
    );
    if (repository !== null) this.#deps.hint(repository);
  }

  /** Takes back what a dead worker held; answers how many. No lease is judged before a whole one has passed since the start. */
  async runOnce(): Promise<number> {
    const { db, store, clock, leaseMs, hint } = this.#deps;
    if (clock.now() < this.#startedAt + leaseMs) return 0;
    const expired = await store.expired(clock.now());
    for (const synth of expired) {
      await db.transaction().execute(async (tx) => {
        if (synth.attempt < MAX_ATTEMPTS) return this.#again(tx, synth, 0);
        const error = `its worker was lost ${synth.attempt} times in the middle of it; was there enough memory?`;
        return this.#end(tx, synth, error);
      });
      hint(synth.repository);
    }
    return expired.length;
  }

  async #again(tx: Tx, synth: SynthTable, pauseMs: number): Promise<void> {
    const not_before = this.#deps.clock.now() + pauseMs;
    await this.#deps.store.change(tx, synth, { status: 'queued', lease_until: null, worker: null, not_before });
  }

  /** Ended, and its repository's head is to be looked at once more; a failure is told. */
  async #end(tx: Tx, synth: SynthTable, error: string | null): Promise<void> {
    const { store, clock, reopen, notices } = this.#deps;
    const at = clock.now();
    const set = {
      status: error === null ? ('done' as const) : ('failed' as const),
      error,
      lease_until: null,
      finished_at: at,
    };
    if (!(await store.change(tx, synth, set))) throw lost(synth.key);
    await reopen(tx, synth.repository, at);
    if (error === null) return;
    const title = `CDKTF app ${synth.app} could not be synthesised`;
    const commit = `at commit ${synth.commit_sha.slice(0, 12)}`;
    await notices.tell(tx, {
      repository: synth.repository,
      title,
      sentences: [error, `Its stacks stay as they were (${commit}).`],
    });
  }

  async #held(tx: Tx, { key, attempt }: Ref): Promise<SynthTable> {
    const synth = await this.#deps.store.findIn(tx, key);
    if (synth?.status === 'running' && synth.attempt === attempt) return synth;
    throw lost(key);
  }

  #assignment(synth: SynthTable): SynthAssignment {
    const { paths: _paths, ...job } = JSON.parse(synth.job) as SynthJob;
    const { key, attempt, repository, app, dir, commit_sha: commit } = synth;
    const environment = this.#deps.environmentFor(app).filter(({ phase }) => phase === 'init');
    return { key, attempt, repository, app, dir, commit, ...job, environment, lease_ms: this.#deps.leaseMs };
  }
}

const CONTEXT = 'synth';

function lost(key: string): HoldfastError {
  return new HoldfastError('fenced', `the synthesis ${key.slice(0, 12)} is no longer this worker's`);
}
