import type { GitObjects } from '../../platform/git/git-objects.ts';
import { REPOSITORY_FILE } from '../stacks/index.ts';
import { isAppFile } from './find-apps.ts';

/**
 * The last head of each repository that has no apps: a commit that differs from it in nothing which could make one has none
 * either, and its files need not be listed.
 */
export class ApplessCommits {
  readonly #last = new Map<string, string>();

  /** Whether a commit is known to have no apps, in the time that its differences take. */
  async follows(repository: string, commit: string, objects: Pick<GitObjects, 'compare'>): Promise<boolean> {
    const last = this.#last.get(repository);
    if (last === undefined) return false;
    if (last === commit) return true;
    // After a force-push it may be gone.
    const changes = await objects.compare(last, commit).catch(() => null);
    return changes?.every(({ path }) => path !== REPOSITORY_FILE && !isAppFile(path)) === true;
  }

  /** A commit that was looked at has none. */
  remember(repository: string, commit: string): void {
    this.#last.set(repository, commit);
  }
}
