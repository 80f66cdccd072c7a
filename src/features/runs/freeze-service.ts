import type { Clock } from '../../kernel/clock.ts';
import { HoldfastError } from '../../kernel/errors.ts';
import type { Database } from '../../platform/db/open-database.ts';
import { appendAudit } from '../audit/index.ts';
import type { Freeze } from './approval-decision.ts';
import type { Reader, Tx } from './run-ports.ts';

/** Where the freeze that people set is kept. */
export interface FreezeStore {
  find(db: Reader): Promise<Freeze | null>;
  put(tx: Tx, freeze: Freeze): Promise<void>;
  remove(tx: Tx): Promise<void>;
}

export interface FreezeDeps {
  readonly db: Database;
  readonly store: FreezeStore;
  readonly clock: Clock;
  /** `applies: {freeze: true}` in server.yaml: nobody but the file ends it. */
  readonly isInFile: boolean;
  /** Called when applies may go on. */
  readonly ring: () => void;
}

/** Whether applies are stopped everywhere, since when (ms) and why. */
export interface FreezeView {
  readonly frozen: boolean;
  readonly reason: string | null;
  readonly by: string | null;
  readonly since: number | null;
}

/** No applies for now: set and ended by admins, or set by the server's file. Plans go on. */
export class FreezeService {
  readonly #deps: FreezeDeps;

  constructor(deps: FreezeDeps) {
    this.#deps = deps;
  }

  /** The freeze in force, or null. */
  async inForce(db: Reader): Promise<Freeze | null> {
    if (this.#deps.isInFile) return { reason: null, by: 'server.yaml', since: null };
    return this.#deps.store.find(db);
  }

  async current(): Promise<FreezeView> {
    return viewOf(await this.inForce(this.#deps.db));
  }

  /** Freezing what is frozen changes its reason. */
  async freeze(reason: string | null, actor: string): Promise<FreezeView> {
    await this.#deps.db.transaction().execute(async (tx) => {
      const before = await this.#deps.store.find(tx);
      const at = this.#deps.clock.now();
      await this.#deps.store.put(tx, { reason, by: actor, since: before?.since ?? at });
      await appendAudit(tx, {
        at,
        actor,
        action: 'applies.frozen',
        subject: 'applies',
        stack: null,
        facts: { reason },
      });
    });
    return this.current();
  }

  /** Ending what is not frozen is fine. Throws `conflict` where the server's file says it. */
  async unfreeze(actor: string): Promise<FreezeView> {
    if (this.#deps.isInFile) {
      throw new HoldfastError('conflict', 'applies are frozen by server.yaml (`applies.freeze`)', {
        treatment: { kind: 'human', wayOut: 'set it to false there and start again' },
      });
    }
    await this.#deps.db.transaction().execute(async (tx) => {
      const before = await this.#deps.store.find(tx);
      if (!before) return;
      await this.#deps.store.remove(tx);
      const facts = { reason: before.reason, by: before.by };
      const at = this.#deps.clock.now();
      await appendAudit(tx, { at, actor, action: 'applies.unfrozen', subject: 'applies', stack: null, facts });
    });
    this.#deps.ring();
    return this.current();
  }
}

function viewOf(freeze: Freeze | null): FreezeView {
  if (!freeze) return { frozen: false, reason: null, by: null, since: null };
  return { frozen: true, ...freeze };
}
