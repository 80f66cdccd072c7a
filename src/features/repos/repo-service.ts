import type { Clock } from '../../kernel/clock.ts';
import { messageOf } from '../../kernel/errors.ts';
import type { Logger } from '../../kernel/logger.ts';
import type { Random } from '../../kernel/random.ts';
import type { RepositoryTable } from '../../platform/db/schema.ts';
import type { WatchedMirror } from '../../platform/git/mirror.ts';
import { decideLook, type LookVerdict, nextLookInMs, type RemoteAnswer } from './decide-look.ts';
import type { HeadProcessor } from './head-processor.ts';
import { HeadQueue } from './head-queue.ts';
import type { Limiter } from './limiter.ts';
import type { Round } from './repo-loop.ts';
import type { RepoStore } from './repo-store.ts';
import type { WatchedRepository } from './watched-repository.ts';

export interface RepoServiceDeps {
  readonly store: RepoStore;
  readonly processor: HeadProcessor;
  readonly mirrors: { of(name: string): Promise<WatchedMirror> };
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
  /** How many remotes are asked, and how many fetches and heads are worked on, at once. */
  readonly looks: Limiter;
  readonly heavy: Limiter;
}

/** A look that changed nothing is written down at most this often: a hundred idle repositories cost no writes. */
const RECORD_EVERY_MS = 60_000;

/** Looks at one repository: ask, fetch, write the head down, process. A crash between any two steps loses no push. */
export class RepoService {
  readonly #repository: WatchedRepository;
  readonly #deps: RepoServiceDeps;
  readonly #heads: HeadQueue;
  /** Head of the branch in the mirror, once known in this process. */
  #mirrored: string | null = null;
  #isFirst = true;

  constructor(repository: WatchedRepository, deps: RepoServiceDeps) {
    this.#repository = repository;
    const log = deps.log.child({ repository: repository.name });
    this.#deps = { ...deps, log };
    this.#heads = new HeadQueue({ ...this.#deps, repository });
  }

  /** One round. Never throws: what went wrong is in the repository's row. */
  async look(isHint: boolean): Promise<Round> {
    const { clock, random, log, heavy } = this.#deps;
    const interval = this.#repository.pollIntervalMs;
    try {
      const row = await this.#deps.store.find(this.#repository.name);
      if (!row) throw new Error('the repository has no row');
      // What a predecessor saw and did not finish does not wait for a host that may be slow to answer.
      if (this.#isFirst) await heavy.run(() => this.#heads.drain(() => this.#mirror()));
      this.#isFirst = false;
      const { answer, moved } = await this.#see(row);
      const verdict = decideLook(answer, this.#repository.branch, row.failures);
      if (answer.kind === 'failed' && row.failures === 0)
        log.warn({ error: messageOf(answer.error) }, 'a repository cannot be read');
      const nextInMs = nextLookInMs(interval, verdict.failures, random.next());
      await this.#record(row, verdict, nextInMs, isHint ? clock.now() : null);
      const retryInMs = await heavy.run(() => this.#heads.drain(() => this.#mirror()));
      return { moved, nextInMs: Math.min(nextInMs, retryInMs ?? nextInMs) };
    } catch (error) {
      log.error({ error: messageOf(error) }, 'a look at a repository broke off');
      return { moved: false, nextInMs: interval };
    }
  }

  /** Asks the remote, and where it moved brings the mirror and the rows up to date. */
  async #see(row: RepositoryTable): Promise<{ answer: RemoteAnswer; moved: boolean }> {
    try {
      const answer = await this.#deps.looks.run(() => this.#ask());
      if (answer.kind !== 'head') return { answer, moved: false };
      const mirrored = await this.#deps.heavy.run(() => this.#catchUp(answer.commit));
      if (mirrored === null || mirrored === row.head_commit) return { answer, moved: false };
      await this.#deps.store.addHead({ repository: row.name, commit: mirrored, at: this.#deps.clock.now() });
      this.#deps.log.info({ commit: mirrored, before: row.head_commit }, 'a new head');
      return { answer, moved: true };
    } catch (error) {
      return { answer: { kind: 'failed', error }, moved: false };
    }
  }

  async #ask(): Promise<RemoteAnswer> {
    const mirror = await this.#mirror();
    const commit = await mirror.remoteHead(this.#repository.branch);
    if (commit !== null) return { kind: 'head', commit };
    return { kind: 'no_branch', branches: await mirror.remoteBranches() };
  }

  /** The mirror's head after it knows at least `commit`; null where the branch vanished meanwhile. */
  async #catchUp(commit: string): Promise<string | null> {
    if (this.#mirrored === commit) return commit;
    const mirror = await this.#mirror();
    let head = await mirror.localHead(this.#repository.branch);
    if (head !== commit) {
      await mirror.fetch();
      // Not `commit`: the branch may have moved on between the two requests.
      head = await mirror.localHead(this.#repository.branch);
    }
    this.#mirrored = head;
    return head;
  }

  async #record(row: RepositoryTable, verdict: LookVerdict, nextInMs: number, hintAt: number | null): Promise<void> {
    const now = this.#deps.clock.now();
    const isSame = row.status === verdict.status && row.error === verdict.error && row.failures === verdict.failures;
    const times = { polledAt: now, nextPollAt: now + nextInMs };
    if (isSame && now - (row.polled_at ?? 0) < RECORD_EVERY_MS) return this.#deps.store.glanced(row.name, times);
    if (row.status !== verdict.status)
      this.#deps.log.info({ from: row.status, to: verdict.status }, 'a repository changed');
    await this.#deps.store.recordLook(row.name, { ...verdict, ...times, hintAt });
  }

  #mirror(): Promise<WatchedMirror> {
    return this.#deps.mirrors.of(this.#repository.name);
  }
}
