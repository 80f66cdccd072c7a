import { type Clock, sleep } from '../../kernel/clock.ts';
import { HoldfastError } from '../../kernel/errors.ts';
import { isEnded, isMoving } from '../../kernel/run-status.ts';
import type { Database } from '../../platform/db/open-database.ts';
import type { RunTable } from '../../platform/db/schema.ts';
import type { ApplyWorld } from './apply-world.ts';
import { type ApprovalDecision, decideApproval } from './approval-decision.ts';
import type { HeadOf, Replanner, StackAtHead } from './replanner.ts';
import type { RunDoor } from './run-door.ts';
import type { Tx } from './run-ports.ts';
import type { RunStore } from './run-store.ts';

export interface ApprovalDeps {
  readonly db: Database;
  readonly store: RunStore;
  readonly door: RunDoor;
  readonly world: ApplyWorld;
  readonly replanner: Replanner;
  readonly headOf: HeadOf;
  readonly clock: Clock;
  readonly planExpiresMs: number;
  readonly ring: () => void;
}

/** A worker hears of it with its next heartbeat, and its engine takes a moment to end. */
const CHECK_STOPS_MS = 20_000;
const LOOK_MS = 100;

type Outcome =
  | { readonly approved: RunTable }
  | { readonly refused: HoldfastError }
  /** To be planned again, and the head was not read yet. */
  | 'needs_head';

/** What people say to plans: approve the one they saw, or have the stack planned once more. */
export class ApprovalService {
  readonly #deps: ApprovalDeps;

  constructor(deps: ApprovalDeps) {
    this.#deps = deps;
  }

  /**
   * Approves the plan of this digest and no other (null: whichever it is). Throws `conflict` where it may not be; where
   * the plan is outdated, the stack is planned again first, and the error names the new run.
   */
  async approve(id: string, planDigest: string | null, actor: string): Promise<RunTable> {
    await this.#stopCheck(id, actor);
    const tried = await this.#approve(id, { planDigest, actor, head: undefined });
    // Git is read between two transactions, never within one; the second decides afresh.
    const outcome =
      tried === 'needs_head' ? await this.#approve(id, { planDigest, actor, head: await this.#head(id) }) : tried;
    this.#deps.ring();
    if (outcome === 'needs_head') throw new HoldfastError('busy', `run ${id} changed meanwhile; try again`);
    if ('refused' in outcome) throw outcome.refused;
    return outcome.approved;
  }

  /** A new plan at the head for a run that ended otherwise than it should. Throws `conflict` where there is nothing to do again. */
  async retry(id: string, actor: string): Promise<RunTable> {
    const { db, store, replanner } = this.#deps;
    const seen = await store.find(id);
    if (!seen) throw notFound(id);
    refuseRetry(seen);
    const head = seen.kind === 'destroy' ? null : await this.#deps.headOf(seen.stack);
    const run = await db.transaction().execute(async (tx) => {
      const now = await this.#find(tx, id);
      refuseRetry(now);
      return head ? replanner.plan(tx, head, actor) : replanner.again(tx, now, actor);
    });
    this.#deps.ring();
    return run;
  }

  /** A drift check that is under way gives way to an approval: it is stopped, and waited for. */
  async #stopCheck(id: string, actor: string): Promise<void> {
    const { db, store, clock } = this.#deps;
    const run = await store.find(id);
    if (run?.status !== 'awaiting_approval') return;
    const until = clock.now() + CHECK_STOPS_MS;
    for (;;) {
      const open = await store.openOf([run.stack]);
      const check = open.find(({ kind, status }) => kind === 'drift' && isMoving(status));
      // One that does not end in time is named by the refusal that follows.
      if (!check || clock.now() >= until) return;
      if (check.cancel_at === null) {
        await db.transaction().execute((tx) => store.requestCancel(tx, check.id, actor, clock.now()));
      }
      await sleep(clock, LOOK_MS);
    }
  }

  #approve(id: string, asked: Asked): Promise<Outcome> {
    return this.#deps.db.transaction().execute(async (tx): Promise<Outcome> => {
      const run = await this.#find(tx, id);
      const decision = decideApproval(run, {
        ...(await this.#deps.world.around(tx, run)),
        ...(await this.#deps.world.gates(tx, run.stack)),
        askedDigest: asked.planDigest,
        moving: await this.#movingBeside(tx, run),
        now: this.#deps.clock.now(),
        planExpiresMs: this.#deps.planExpiresMs,
      });
      return this.#act(tx, run, decision, asked);
    });
  }

  async #movingBeside(tx: Tx, { id, stack }: RunTable): Promise<string | null> {
    const open = await this.#deps.store.openIn(tx, stack);
    return open.find((other) => other.id !== id && isMoving(other.status))?.id ?? null;
  }

  async #act(tx: Tx, run: RunTable, decision: ApprovalDecision, { actor, head }: Asked): Promise<Outcome> {
    const { door, replanner, clock } = this.#deps;
    if (decision.kind === 'refuse') return { refused: refused(run, decision.reason, decision.wayOut) };
    if (decision.kind === 'stale') {
      if (head === undefined) return 'needs_head';
      const again = await replanner.stale(tx, run, head, decision.reason);
      const wayOut = `it is planned again: approve run ${again.id} when it is ready`;
      return { refused: refused(run, decision.reason, wayOut, { replanned: again.id }) };
    }
    // An apply may go back to `approved` where its engine never started: never because somebody approves once more.
    if (decision.kind === 'not_waiting') return { refused: await door.refusal(tx, run, 'approved') };
    const set = { approved_by: actor, approved_at: clock.now() };
    return { approved: await door.move(tx, run, 'approved', { actor, set }) };
  }

  /** null for a destroy, which is planned again from its own spec. */
  async #head(id: string): Promise<StackAtHead | null> {
    const run = await this.#deps.store.find(id);
    if (!run) throw notFound(id);
    return run.kind === 'destroy' ? null : this.#deps.headOf(run.stack);
  }

  async #find(tx: Tx, id: string): Promise<RunTable> {
    const run = await this.#deps.store.findIn(tx, id);
    if (!run) throw notFound(id);
    return run;
  }
}

interface Asked {
  readonly planDigest: string | null;
  readonly actor: string;
  /** undefined: not read yet; null: not needed. */
  readonly head: StackAtHead | null | undefined;
}

function refuseRetry(run: RunTable): void {
  if (run.speculative === 1 || run.kind === 'drift') {
    throw refused(
      run,
      'it could not be approved anyway',
      `ask for a new one: holdfast plan ${run.stack}`,
      {},
      'retried',
    );
  }
  if (!isEnded(run.status)) {
    const wayOut = `wait for its end, or stop it: holdfast cancel ${run.id}`;
    throw refused(run, `it is ${run.status}`, wayOut, {}, 'retried');
  }
  if (run.status === 'applied' || run.status === 'unchanged') {
    throw refused(
      run,
      `it is ${run.status}`,
      `there is nothing to do again; plan with: holdfast plan ${run.stack}`,
      {},
      'retried',
    );
  }
}

function refused(
  run: RunTable,
  reason: string,
  wayOut: string,
  details: object = {},
  what: 'approved' | 'retried' = 'approved',
): HoldfastError {
  return new HoldfastError('conflict', `run ${run.id} is not ${what}: ${reason}`, {
    treatment: { kind: 'human', wayOut },
    details: { run: run.id, run_status: run.status, ...details },
  });
}

function notFound(id: string): HoldfastError {
  return new HoldfastError('not_found', `there is no run ${id}`, {
    treatment: { kind: 'human', wayOut: 'list them with: holdfast runs' },
  });
}
