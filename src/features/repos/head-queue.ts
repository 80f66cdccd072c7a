import type { Clock } from '../../kernel/clock.ts';
import { HoldfastError, messageOf } from '../../kernel/errors.ts';
import type { Logger } from '../../kernel/logger.ts';
import type { WatchedMirror } from '../../platform/git/mirror.ts';
import { decideRetry } from './decide-look.ts';
import type { HeadProcessor } from './head-processor.ts';
import type { Head, RepoStore } from './repo-store.ts';
import type { WatchedRepository } from './watched-repository.ts';

export interface HeadQueueDeps {
  readonly repository: WatchedRepository;
  readonly store: RepoStore;
  readonly processor: HeadProcessor;
  readonly clock: Clock;
  readonly log: Logger;
}

/** Heads of one repository that have no runs yet, one at a time: only the newest is processed, older ones with it. */
export class HeadQueue {
  readonly #deps: HeadQueueDeps;
  /** The head that failed last, and when it may be tried again. A restart tries at once. */
  #failed: { readonly headId: number; readonly count: number; readonly notBefore: number } | null = null;

  constructor(deps: HeadQueueDeps) {
    this.#deps = deps;
  }

  /** Processes the newest open head, if it is due. Returns ms until it wants to be tried again; null: nothing waits. */
  async drain(openMirror: () => Promise<WatchedMirror>): Promise<number | null> {
    const { store, repository, clock } = this.#deps;
    const head = await store.newestOpenHead(repository.name);
    if (!head) return null;
    const failed = this.#failed?.headId === head.id ? this.#failed : null;
    if (failed && failed.notBefore > clock.now()) return failed.notBefore - clock.now();
    try {
      const mirror = await openMirror();
      await this.#process(head, mirror);
      this.#failed = null;
      this.#tidy(mirror, head.commit_sha);
      return null;
    } catch (error) {
      return this.#fail(head, failed?.count ?? 0, error);
    }
  }

  async #process(head: Head, mirror: WatchedMirror): Promise<void> {
    const { store, repository, processor } = this.#deps;
    if ((await mirror.resolve(head.commit_sha)) === null) {
      throw new HoldfastError('gone', `commit ${head.commit_sha} vanished before it was planned`, {
        treatment: { kind: 'retry' },
      });
    }
    const processed = (await store.find(repository.name))?.processed_commit ?? null;
    const base = processed !== null && (await mirror.resolve(processed)) === null ? null : processed;
    if (base !== processed)
      this.#deps.log.warn({ processed }, 'the last processed head vanished: every stack counts as new');
    await processor.process({
      repository: repository.name,
      base,
      commit: head.commit_sha,
      makesRuns: processed !== null || repository.firstSight === 'plan',
      mirror,
    });
    const after = await store.newestOpenHead(repository.name);
    if (after && after.id <= head.id) throw new Error('the head was processed, but not marked as such');
  }

  async #fail(head: Head, count: number, error: unknown): Promise<number> {
    const { store, clock, log } = this.#deps;
    const verdict = decideRetry(error, count);
    this.#failed = { headId: head.id, count: count + 1, notBefore: clock.now() + verdict.retryInMs };
    log.warn({ commit: head.commit_sha, error: messageOf(error) }, 'a head could not be processed');
    if (head.error !== verdict.message) await store.recordHeadError(head, verdict.message, verdict.configError);
    return verdict.retryInMs;
  }

  /** What a push need not wait for. Its runs name this commit: it stays readable whatever is force-pushed later. */
  #tidy(mirror: WatchedMirror, commit: string): void {
    void mirror
      .keepBase(commit)
      .then(() => mirror.keep(commit))
      .then(() => mirror.maintain())
      .catch((error: unknown) => this.#deps.log.debug({ error: messageOf(error) }, 'the mirror was not tidied'));
  }
}
