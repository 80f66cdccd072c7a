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
  /** Runs that ended before `before`, except those a stack still names; answers the ids it deleted. */
  deleteRuns(before: number, limit: number): Promise<string[]>;
  /** Notifications, heads, specs, parsed files that nothing needs any more; answers how many rows went. */
  deleteLeftovers(before: number, limit: number): Promise<number>;
}

/** The files behind rows. */
export interface RetentionFiles {
  deleteArtifact(path: string): Promise<void>;
  deleteLog(run: string): Promise<void>;
  deletePlan(run: string): Promise<void>;
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
    for (const run of await store.deleteRuns(now - times.runsMs, BITE)) {
      await files.deleteLog(run);
      await files.deletePlan(run);
      gone++;
    }
    return gone + (await store.deleteLeftovers(now - times.runsMs, BITE));
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
