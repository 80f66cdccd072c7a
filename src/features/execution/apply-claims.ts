import type { Clock } from '../../kernel/clock.ts';
import { messageOf } from '../../kernel/errors.ts';
import type { Logger } from '../../kernel/logger.ts';
import type { Database } from '../../platform/db/open-database.ts';
import type { RunTable } from '../../platform/db/schema.ts';
import {
  type ApplyWorld,
  decideApplyClaim,
  type HeadOf,
  type Replanner,
  type RunDoor,
  type RunStore,
  type StackAtHead,
  type Tx,
} from '../runs/index.ts';
import type { LockTaker } from './execution-ports.ts';
import type { Assignment, ClaimRequest } from './protocol.ts';
import type { WorkerStore } from './worker-store.ts';

export interface ApplyClaimsDeps {
  readonly db: Database;
  readonly runs: RunStore;
  readonly door: RunDoor;
  readonly workers: WorkerStore;
  readonly locks: LockTaker;
  readonly world: ApplyWorld;
  readonly replanner: Replanner;
  readonly headOf: HeadOf;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly leaseMs: number;
}

/** Makes the assignment of a run that was just claimed, in the same transaction. */
export type GiveAssignment = (tx: Tx, run: RunTable) => Promise<Assignment>;

/**
 * Gives approved runs to workers: `applying`, the stack's lock and the lease in one transaction. What moved since the
 * approval makes the plan stale, and the stack is planned again instead.
 */
export class ApplyClaims {
  readonly #deps: ApplyClaimsDeps;

  constructor(deps: ApplyClaimsDeps) {
    this.#deps = deps;
  }

  /** Whether any apply may start now: neither a freeze nor a closed window. */
  async isOpen(): Promise<boolean> {
    const { freeze, window } = await this.#deps.world.everywhere(this.#deps.db);
    return freeze === null && window.isOpen;
  }

  /** The assignment, or null where this run cannot be applied by this worker now. Throws `conflict` for a lost race. */
  async try(id: string, request: ClaimRequest, give: GiveAssignment): Promise<Assignment | null> {
    const tried = await this.#try(id, { request, give, head: undefined });
    if (tried !== 'needs_head') return tried;
    const head = await this.headFor(id);
    if (head !== undefined) await this.#try(id, { request, give, head });
    return null;
  }

  /** Puts an approved run aside that nobody can apply, and has its stack planned again; false where it moved meanwhile. */
  async setAside(id: string, reason: string): Promise<boolean> {
    const head = await this.headFor(id);
    if (head === undefined) return false;
    return this.#deps.db.transaction().execute(async (tx) => {
      const run = await this.#deps.runs.findIn(tx, id);
      if (run?.status !== 'approved') return false;
      await this.#deps.replanner.stale(tx, run, head, reason);
      return true;
    });
  }

  #try(id: string, asked: Asked): Promise<Assignment | null | 'needs_head'> {
    const { db, runs, world, replanner } = this.#deps;
    return db.transaction().execute(async (tx) => {
      const run = await runs.findIn(tx, id);
      if (!run || run.root !== asked.request.root) return null;
      const decision = decideApplyClaim(run, await world.around(tx, run), await world.gates(tx, run.stack));
      if (decision.kind === 'claim') return this.#claim(tx, run, asked);
      if (decision.kind === 'wait') return null;
      if (asked.head === undefined) return 'needs_head';
      await replanner.stale(tx, run, asked.head, decision.reason);
      return null;
    });
  }

  async #claim(tx: Tx, run: RunTable, { request, give }: Asked): Promise<Assignment | null> {
    const { locks, door, workers, clock, leaseMs } = this.#deps;
    const held = await locks.claim(tx, { stack: run.stack, run: run.id, holder: `run ${run.id}` });
    if (held) return null;
    const now = clock.now();
    const claimed = await door.move(tx, run, 'applying', {
      actor: `worker:${request.worker}`,
      set: { attempt: run.attempt + 1, worker: request.worker, lease_until: now + leaseMs, process: null },
    });
    await workers.saveClaim(tx, {
      claim_id: request.claim_id,
      worker: request.worker,
      run: run.id,
      attempt: claimed.attempt,
      phase: 'apply',
      created_at: now,
    });
    return give(tx, claimed);
  }

  /**
   * Where the stack of a run is planned again: null for a destroy, which has its own spec; undefined where it cannot be read
   * now, so that the run stays as it is.
   */
  async headFor(id: string): Promise<StackAtHead | null | undefined> {
    const run = await this.#deps.runs.find(id);
    if (!run || run.kind === 'destroy') return null;
    try {
      return await this.#deps.headOf(run.stack);
    } catch (error) {
      const facts = { run: id, stack: run.stack, reason: messageOf(error) };
      this.#deps.logger.warn(facts, 'an outdated plan cannot be made again now');
      return undefined;
    }
  }
}

interface Asked {
  readonly request: ClaimRequest;
  readonly give: GiveAssignment;
  /** undefined: not read; null: not needed. */
  readonly head: StackAtHead | null | undefined;
}
