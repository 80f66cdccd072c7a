import type { Database } from '../../platform/db/open-database.ts';
import type { RunTable } from '../../platform/db/schema.ts';
import type { ApplyWorld } from './apply-world.ts';
import type { RunReader } from './run-store.ts';
import { type WaitingFacts, type WaitingFor, waitingFor } from './waiting-for.ts';

export interface WaitingDeps {
  readonly db: Database;
  readonly runs: Pick<RunReader, 'openOf'>;
  readonly world: Pick<ApplyWorld, 'gates'>;
  readonly locks: { find(db: Database, stack: string): Promise<WaitingFacts['lock']> };
}

/** Says what runs wait for. */
export class WaitingService {
  readonly #deps: WaitingDeps;

  constructor(deps: WaitingDeps) {
    this.#deps = deps;
  }

  /** By run id; those that do not wait have an empty list. Locks and gates are only looked at for approved runs. */
  async of(runs: readonly RunTable[]): Promise<ReadonlyMap<string, WaitingFor[]>> {
    const queued = runs.filter(({ status }) => status === 'queued');
    const open = await this.#deps.runs.openOf([...new Set(queued.map(({ stack }) => stack))]);
    const found = new Map<string, WaitingFor[]>();
    for (const run of runs) found.set(run.id, waitingFor(run, { open, ...(await this.#around(run)) }));
    return found;
  }

  async #around(run: RunTable): Promise<Omit<WaitingFacts, 'open'>> {
    if (run.status !== 'approved') return { blocked: null, freeze: null, window: { isOpen: true }, lock: null };
    const { db, world, locks } = this.#deps;
    return { ...(await world.gates(db, run.stack)), lock: await locks.find(db, run.stack) };
  }
}
