import type { Phase } from '../../kernel/run-status.ts';
import type { LockService, Reader, Tx } from '../locks/index.ts';
import type { RunTokens } from './run-tokens.ts';
import { stateUrl } from './state-address.ts';
import type { StateStore } from './state-store.ts';

export interface StateAccessDeps {
  readonly tokens: RunTokens;
  readonly store: StateStore;
  readonly locks: LockService;
  /** Where workers reach this instance, as it will be after a restart, too: `http://127.0.0.1:4600`. */
  readonly baseUrl: () => string;
}

/** What runs need of the state backend, in their own transactions. */
export class StateAccess {
  readonly #deps: StateAccessDeps;

  constructor(deps: StateAccessDeps) {
    this.#deps = deps;
  }

  /** A token for this run and phase; what it may do follows the run's status at each request. */
  mint(tx: Tx, about: { run: string; stack: string; phase: Phase }): Promise<string> {
    return this.#deps.tokens.mint(tx, about);
  }

  /** The stack's address with the token as userinfo, for TF_HTTP_ADDRESS and its two sisters. */
  urlFor(stack: string, token: string): string {
    return stateUrl(this.#deps.baseUrl(), stack, token);
  }

  /** Which state is stored, and by which run; null where no version ever existed. */
  async current(
    db: Reader,
    stack: string,
  ): Promise<{ serial: number; lineage: string; digest: string; run: string | null; version: string | null } | null> {
    const version = await this.#deps.store.latest(db, stack);
    if (!version) return null;
    const { serial, lineage, digest, run, terraform_version } = version;
    return { serial, lineage, digest, run, version: terraform_version };
  }

  /** Whether the stack's own state never had a version. */
  async isNew(db: Reader, stack: string): Promise<boolean> {
    return (await this.#deps.store.latest(db, stack)) === null;
  }

  /** Ends all tokens of a run and frees its lock: only once its end is proven. */
  async endFor(tx: Tx, run: string): Promise<void> {
    await this.#deps.tokens.endFor(tx, run);
    await this.#deps.locks.freeOfRun(tx, run, 'system');
  }
}
