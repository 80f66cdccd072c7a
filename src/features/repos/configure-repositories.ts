import type { Logger } from '../../kernel/logger.ts';
import type { RepoMirrors } from './repo-mirrors.ts';
import type { RepoStore } from './repo-store.ts';
import type { WatchedRepository } from './watched-repository.ts';

export interface ConfigureDeps {
  readonly repositories: readonly WatchedRepository[];
  readonly store: Pick<RepoStore, 'renamed' | 'configure'>;
  readonly mirrors: Pick<RepoMirrors, 'adopt'>;
  readonly log: Logger;
}

/** Makes the rows of what server.yaml has; a repository of the same URL and branch under another name goes on. Idempotent. */
export async function configureRepositories({ repositories, store, mirrors, log }: ConfigureDeps): Promise<void> {
  const places = repositories.map(({ name, url, branch }) => ({ name, url: withoutUserinfo(url), branch }));
  const renamed = await store.renamed(places);
  // Mirrors first: they hold commits that a force-push may have dropped, and it can be done twice.
  for (const { from, to } of renamed) {
    await mirrors.adopt(from, to);
    log.info({ from, to }, 'a repository has another name in server.yaml: its stacks, runs and states go on');
  }
  await store.configure(places, renamed);
}

/** The URL as it may be stored and shown. */
function withoutUserinfo(url: string): string {
  if (!/^https?:\/\//i.test(url) || !URL.canParse(url)) return url.replace(/^(ssh:\/\/[^:@/]*):[^@/]*@/i, '$1@');
  const parsed = new URL(url);
  if (parsed.username === '' && parsed.password === '') return url;
  parsed.username = '';
  parsed.password = '';
  return parsed.href;
}
