import { configureRepositories } from './configure-repositories.ts';
import { Limiter } from './limiter.ts';
import { RepoLoop } from './repo-loop.ts';
import type { RepoMirrors } from './repo-mirrors.ts';
import { RepoService, type RepoServiceDeps } from './repo-service.ts';
import type { WatchedRepository } from './watched-repository.ts';

export interface RepoWatcherDeps extends Omit<RepoServiceDeps, 'looks' | 'heavy' | 'mirrors'> {
  readonly mirrors: Pick<RepoMirrors, 'of' | 'adopt'>;
  readonly repositories: readonly WatchedRepository[];
}

/** Asking is cheap and mostly waiting; fetching and processing take processor time. */
const LOOKS_AT_ONCE = 16;
const HEAVY_AT_ONCE = 4;

/** Watches all configured repositories: each at once at start, then by its interval, and whenever it is hinted. */
export class RepoWatcher {
  readonly #deps: RepoWatcherDeps;
  readonly #loops = new Map<string, RepoLoop>();

  constructor(deps: RepoWatcherDeps) {
    this.#deps = deps;
    const shared = { ...deps, looks: new Limiter(LOOKS_AT_ONCE), heavy: new Limiter(HEAVY_AT_ONCE) };
    for (const repository of deps.repositories) {
      const service = new RepoService(repository, shared);
      const loop = new RepoLoop({ clock: deps.clock, work: (isHint) => service.look(isHint) });
      this.#loops.set(repository.name, loop);
    }
  }

  /** Makes the rows and begins. Heads that an earlier process saw and did not finish are processed first of all. */
  async start(): Promise<void> {
    await this.#configure();
    for (const loop of this.#loops.values()) loop.start();
  }

  /** Waits for what is under way. */
  async stop(): Promise<void> {
    await Promise.all([...this.#loops.values()].map((loop) => loop.stop()));
  }

  /** Looks at every repository once, now. */
  async runOnce(): Promise<void> {
    await this.#configure();
    await Promise.all([...this.#loops.values()].map((loop) => loop.runOnce()));
  }

  /** There may be something new in this repository: look soon. Cheap, and safe to call ten thousand times. */
  hint(repository: string): void {
    this.#loops.get(repository)?.hint();
  }

  #configure(): Promise<void> {
    return configureRepositories(this.#deps);
  }
}
