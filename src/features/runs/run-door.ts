import type { Clock } from '../../kernel/clock.ts';
import { HoldfastError } from '../../kernel/errors.ts';
import { isEnded, RUN_TRANSITIONS, type RunStatus } from '../../kernel/run-status.ts';
import { canMove } from '../../kernel/transitions.ts';
import type { RunTable } from '../../platform/db/schema.ts';
import { appendAudit, lastAudit } from '../audit/index.ts';
import { isHeldByWorker, violationsOf } from './run-invariants.ts';
import type { RunListener, Tx } from './run-ports.ts';
import type { RunWriter } from './run-store.ts';

export interface Passage {
  /** `worker:w1`, `token:ci`, `system`. */
  readonly actor: string;
  /** One sentence for people. */
  readonly reason?: string;
  /** Other columns that change with the status. */
  readonly set?: Partial<Omit<RunTable, 'id' | 'status' | 'version'>>;
}

/** The one door: every status of every run changes here, in a transaction with its audit row and its listeners. */
export class RunDoor {
  readonly #store: RunWriter;
  readonly #clock: Clock;
  readonly #listeners: readonly RunListener[];

  constructor(store: RunWriter, clock: Clock, listeners: readonly RunListener[]) {
    this.#store = store;
    this.#clock = clock;
    this.#listeners = listeners;
  }

  /** Puts a new run into `queued`. */
  async open(tx: Tx, run: RunTable, actor: string): Promise<void> {
    assertInvariants(run);
    await this.#store.insert(tx, run);
    await this.#tell(tx, null, run, { actor });
  }

  /**
   * Moves a run, as it was read, to a status. Throws `conflict`, naming the present status and who moved it, where the
   * row is no longer what was read; `internal` where the table has no such arrow or an invariant would break.
   */
  async move(tx: Tx, before: RunTable, to: RunStatus, passage: Passage): Promise<RunTable> {
    if (!canMove(RUN_TRANSITIONS, before.status, to)) throw await this.refusal(tx, before, to);
    const now = this.#clock.now();
    const after: RunTable = {
      ...before,
      ...passage.set,
      status: to,
      version: before.version + 1,
      updated_at: now,
      reason: passage.reason ?? null,
      finished_at: isEnded(to) ? now : null,
    };
    if (!isHeldByWorker(to)) after.lease_until = null;
    assertInvariants(after);
    if (!(await this.#store.update(tx, before, after))) throw await this.refusal(tx, before, to);
    await this.#tell(tx, before.status, after, passage);
    return after;
  }

  async #tell(tx: Tx, from: RunStatus | null, run: RunTable, passage: Passage): Promise<void> {
    const at = run.updated_at;
    await appendAudit(tx, {
      at,
      actor: passage.actor,
      action: `run.${run.status}`,
      subject: run.id,
      stack: run.stack,
      facts: { from, attempt: run.attempt, ...(passage.reason ? { reason: passage.reason } : {}) },
    });
    for (const listener of this.#listeners) {
      await listener.onTransition(tx, { run, from, to: run.status, actor: passage.actor, at });
    }
  }

  /** The answer to who wants a run elsewhere than it can go: it names the present status and who moved it. */
  async refusal(tx: Tx, before: RunTable, to: RunStatus): Promise<HoldfastError> {
    const now = await this.#store.findIn(tx, before.id);
    const last = await lastAudit(tx, before.id);
    const by = last ? ` (${last.actor}, ${last.action})` : '';
    return new HoldfastError('conflict', `run ${before.id} is ${now?.status ?? 'gone'}${by} and cannot become ${to}`, {
      treatment: { kind: 'human', wayOut: `look at it with: holdfast run ${before.id}` },
      details: { run: before.id, run_status: now?.status ?? null, moved_by: last?.actor ?? null },
    });
  }
}

function assertInvariants(run: RunTable): void {
  const wrong = violationsOf(run);
  if (wrong.length === 0) return;
  throw new HoldfastError('internal', `run ${run.id} may not be ${run.status} without ${wrong.join(', ')}`);
}
