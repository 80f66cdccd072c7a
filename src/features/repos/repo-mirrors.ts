import { rename } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clock } from '../../kernel/clock.ts';
import { sha256 } from '../../kernel/digest.ts';
import { HoldfastError } from '../../kernel/errors.ts';
import type { GitTool } from '../../platform/git/git-env.ts';
import { parseRemote } from '../../platform/git/git-remote.ts';
import { openMirror, type WatchedMirror } from '../../platform/git/mirror.ts';
import type { WatchedRepository } from './watched-repository.ts';

export interface RepoMirrorsOptions {
  /** Folder of all mirrors (`data_dir/mirrors`). */
  readonly root: string;
  readonly tool: GitTool;
  readonly clock: Clock;
  readonly repositories: readonly WatchedRepository[];
}

/** The bare mirrors of the configured repositories, opened when first asked for. */
export class RepoMirrors {
  readonly #options: RepoMirrorsOptions;
  readonly #open = new Map<string, Promise<WatchedMirror>>();
  readonly #kept = new Set<string>();

  constructor(options: RepoMirrorsOptions) {
    this.#options = options;
  }

  /** The mirror of a repository by its name. Rejects with `not_found` where it is not configured (any more). */
  of(name: string): Promise<WatchedMirror> {
    const open = this.#open.get(name);
    if (open) return open;
    const repository = this.#options.repositories.find((one) => one.name === name);
    if (!repository) return Promise.reject(unknownRepository(name));
    const opening = this.#openMirror(repository);
    this.#open.set(name, opening);
    // A disk that was full when it was opened may have room later.
    opening.catch(() => this.#open.delete(name));
    return opening;
  }

  /** Keeps a commit readable for as long as a run names it, whatever is force-pushed. */
  async keepCommit(name: string, commit: string): Promise<void> {
    const key = `${name} ${commit}`;
    if (this.#kept.has(key)) return;
    await (await this.of(name)).keep(commit);
    if (this.#kept.size >= 1000) this.#kept.clear();
    this.#kept.add(key);
  }

  /** Lets a commit go that no run names any more. */
  async releaseCommit(name: string, commit: string): Promise<void> {
    this.#kept.delete(`${name} ${commit}`);
    await (await this.of(name)).release(commit);
  }

  /** The mirror of one that has another name now, unless that has a mirror already. Nothing of either may be open. */
  async adopt(from: string, to: string): Promise<void> {
    const { root } = this.#options;
    await rename(join(root, mirrorFolder(from)), join(root, mirrorFolder(to))).catch((error: NodeJS.ErrnoException) => {
      if (!['ENOENT', 'ENOTEMPTY', 'EEXIST'].includes(error.code ?? '')) throw error;
    });
  }

  async close(): Promise<void> {
    const open = [...this.#open.values()];
    this.#open.clear();
    await Promise.all(open.map((mirror) => mirror.then((one) => one.close()).catch(() => {})));
  }

  async #openMirror(repository: WatchedRepository): Promise<WatchedMirror> {
    const { tool, clock, root } = this.#options;
    const remote = parseRemote(repository.url, repository.credentials);
    return openMirror({ tool, clock, remote, dir: join(root, mirrorFolder(repository.name)) });
  }
}

/** A folder name no repository name can break out of, readable for people. */
function mirrorFolder(name: string): string {
  const readable = name
    .replaceAll(/[^A-Za-z0-9._-]+/g, '-')
    .replace(/^[.-]+/, '')
    .slice(0, 50);
  return `${readable}-${sha256(name).slice(0, 12)}.git`;
}

function unknownRepository(name: string): HoldfastError {
  return new HoldfastError('not_found', `repository "${name}" is not configured`, {
    treatment: { kind: 'human', wayOut: 'add it to `repositories` in server.yaml' },
  });
}
