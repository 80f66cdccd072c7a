import type { Clock } from '../../kernel/clock.ts';
import { HoldfastError } from '../../kernel/errors.ts';
import type { Database } from '../../platform/db/open-database.ts';
import { appendAudit } from '../audit/index.ts';
import type { Tx } from '../runs/index.ts';
import type { ConfiguredStack } from '../stacks/index.ts';
import { below, OUTPUT } from './cdktf-app.ts';
import type { AppRow, SynthStore } from './synth-store.ts';

/** A CDKTF app of a repository's head, and how the synthesis stands that the head asks for. */
export interface AppState {
  readonly name: string;
  readonly repository: string;
  readonly dir: string;
  readonly status: 'queued' | 'running' | 'done' | 'failed';
  /** Why it failed, with file and line where the app told them; null unless it failed. */
  readonly error: string | null;
  /** Since when it stands so, in ms; null where nobody knows. */
  readonly since: number | null;
  /** The commit that is synthesised. */
  readonly commit: string | null;
  /** Directories of its stacks begin so. */
  readonly output: string;
}

export interface AppDeskDeps {
  readonly db: Database;
  readonly store: SynthStore;
  readonly isWatched: (repository: string) => boolean;
  /** Has the newest head of a repository processed again. */
  readonly reopen: (tx: Tx, repository: string, at: number) => Promise<void>;
  readonly hint: (repository: string) => void;
  readonly ring: () => void;
  readonly clock: Clock;
}

/** Apps as people see them, and a synthesis that failed tried again because somebody says so. */
export class AppDesk {
  readonly #deps: AppDeskDeps;

  constructor(deps: AppDeskDeps) {
    this.#deps = deps;
  }

  /** By name. */
  async list(): Promise<AppState[]> {
    return (await this.#rows()).map(toState).sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  /**
   * Synthesises a failed app again, from the very same sources; one that waits for it already is answered as it stands.
   * Throws `not_found`, and `conflict` where nothing failed.
   */
  async retry(name: string, actor: string): Promise<AppState> {
    const { db, store, reopen, hint, ring, clock } = this.#deps;
    const row = (await this.#rows()).find((one) => toState(one).name === name);
    if (!row) throw unknownApp(name);
    const app = toState(row);
    if (app.status === 'done') throw nothingFailed(name);
    if (app.status !== 'failed') return app;
    const at = clock.now();
    await db.transaction().execute(async (tx) => {
      const synth = await store.findIn(tx, row.wanted_key);
      if (synth?.status === 'failed') {
        const again = { status: 'queued', attempt: 0, error: null, finished_at: null, not_before: at } as const;
        await store.change(tx, synth, { ...again, created_at: at });
      } else if (!synth) {
        await reopen(tx, app.repository, at);
      }
      const facts = { repository: app.repository, dir: app.dir };
      await appendAudit(tx, { at, actor, action: 'app.retried', subject: name, stack: null, facts });
    });
    ring();
    hint(app.repository);
    return { ...app, status: 'queued', error: null, since: at };
  }

  async #rows(): Promise<AppRow[]> {
    return (await this.#deps.store.states()).filter(({ repository }) => this.#deps.isWatched(repository));
  }
}

function toState(row: AppRow): AppState {
  const settings = JSON.parse(row.settings) as ConfiguredStack;
  const status = row.status ?? 'queued';
  return {
    name: settings.name ?? row.dir,
    repository: row.repository,
    dir: row.dir,
    status,
    error: status === 'failed' ? (row.error ?? 'its synthesis failed') : null,
    since: row.finished_at ?? row.created_at,
    commit: row.commit_sha,
    output: `${below(row.dir, OUTPUT)}/`,
  };
}

function unknownApp(name: string): HoldfastError {
  return new HoldfastError('not_found', `there is no CDKTF app "${name}"`, {
    treatment: { kind: 'human', wayOut: 'those that failed are named by: holdfast stacks' },
  });
}

function nothingFailed(name: string): HoldfastError {
  return new HoldfastError('conflict', `CDKTF app "${name}" is synthesised: there is nothing to try again`, {
    treatment: { kind: 'human', wayOut: `plan one of its stacks: holdfast plan ${name}/STACK` },
  });
}
