import type { Clock } from '../../kernel/clock.ts';
import { messageOf } from '../../kernel/errors.ts';
import type { Logger } from '../../kernel/logger.ts';

/** How long things are kept, in ms. */
export interface RetentionTimes {
  readonly runsMs: number;
  readonly plansMs: number;
  readonly logsMs: number;
}

/** What can be forgotten in rows; each call takes one bounded bite and answers what it took. */
export interface RetentionStore {
  /** Plan files that expired, to be deleted one by one and then forgotten. */
  expiredArtifacts(now: number, limit: number): Promise<{ run: string; kind: string; attempt: number; path: string }[]>;
  forgetArtifact(artifact: { run: string; kind: string; attempt: number }): Promise<void>;
  /** Ids of runs that ended before `before` and may lose their log. */
  runsWithOldLogs(before: number, limit: number): Promise<string[]>;
  forgetLog(run: string): Promise<void>;
  /** Runs that ended before `before`, except those a stack still names; answers what it deleted. */
  deleteRuns(before: number, limit: number): Promise<(CommitRef & { readonly id: string })[]>;
  /** Heads that were processed before `before`; answers what it deleted. */
  deleteHeads(before: number, limit: number): Promise<CommitRef[]>;
  /** Of these commits, those that no run, head or stack names any more. */
  unnamed(commits: readonly CommitRef[]): Promise<CommitRef[]>;
  /** Notifications and specs that nothing needs any more; answers how many rows went. */
  deleteLeftovers(before: number, limit: number): Promise<number>;
}

/** A commit of a repository. */
export interface CommitRef {
  readonly repository: string;
  readonly commit: string;
}

/** The files behind rows. */
export interface RetentionFiles {
  deleteArtifact(path: string): Promise<void>;
  deleteLog(run: string): Promise<void>;
  deletePlan(run: string): Promise<void>;
  /** Lets a commit go that was kept although its branch may have dropped it. */
  releaseCommit(commit: CommitRef): Promise<void>;
  /** Deletes files of the artifact store that no row names. */
  sweepOrphans(): Promise<number>;
  /** Forgets parsed files that nobody used since `before`. */
  pruneParsed(before: number): Promise<void>;
  /** Forgets syntheses of CDKTF apps older than `before` that nothing needs; answers how many things went. */
  sweepSyntheses(before: number): Promise<number>;
}

export interface RetentionDeps {
  readonly store: RetentionStore;
  readonly files: RetentionFiles;
  readonly times: RetentionTimes;
  readonly clock: Clock;
  readonly logger: Logger;
}

const BITE = 200;
const PASS_MS = 10 * 60_000;

/** Forgets what is older than it must be kept: every ten minutes, a bounded bite of each kind. */
export class RetentionLoop {
  readonly #deps: RetentionDeps;
  #cancel: () => void = () => {};
  #stopped = true;

  constructor(deps: RetentionDeps) {
    this.#deps = deps;
  }

  start(): void {
    this.#stopped = false;
    this.#plan();
  }

  stop(): void {
    this.#stopped = true;
    this.#cancel();
  }

  /** One pass; answers how many things were forgotten. */
  async runOnce(): Promise<number> {
    const { store, files, times, clock } = this.#deps;
    const now = clock.now();
    let gone = 0;
    for (const artifact of await store.expiredArtifacts(now, BITE)) {
      await files.deleteArtifact(artifact.path);
      await store.forgetArtifact(artifact);
      gone++;
    }
    for (const run of await store.runsWithOldLogs(now - times.logsMs, BITE)) {
      await files.deleteLog(run);
      await store.forgetLog(run);
      gone++;
    }
    const before = now - times.runsMs;
    const runs = await store.deleteRuns(before, BITE);
    for (const { id } of runs) {
      await files.deleteLog(id);
      await files.deletePlan(id);
    }
    const heads = await store.deleteHeads(before, BITE);
    for (const commit of await store.unnamed([...runs, ...heads])) await files.releaseCommit(commit);
    await files.pruneParsed(before);
    gone += runs.length + heads.length + (await files.sweepOrphans()) + (await store.deleteLeftovers(before, BITE));
    return gone + (await files.sweepSyntheses(before));
  }

  #plan(): void {
    this.#cancel = this.#deps.clock.after(PASS_MS, () => void this.#pass());
  }

  async #pass(): Promise<void> {
    try {
      const gone = await this.runOnce();
      if (gone > 0) this.#deps.logger.info({ gone }, 'retention forgot what was too old');
    } catch (error) {
      this.#deps.logger.error({ error: messageOf(error) }, 'retention failed; it tries again');
    }
    if (!this.#stopped) this.#plan();
  }
}
