import type { Clock } from '../../kernel/clock.ts';
import { HoldfastError } from '../../kernel/errors.ts';
import { newId } from '../../kernel/ids.ts';
import type { Random } from '../../kernel/random.ts';
import type { RunKind, RunStatus } from '../../kernel/run-status.ts';
import type { Database } from '../../platform/db/open-database.ts';
import type { RunTable } from '../../platform/db/schema.ts';
import { newRun } from './new-run.ts';
import type { RunDoor } from './run-door.ts';
import { isHeldByWorker } from './run-invariants.ts';
import type { AffectedStack, Tx } from './run-ports.ts';
import type { RunStore } from './run-store.ts';

/** What a person asked for, resolved to a commit and a spec. */
export interface ManualRequest {
  readonly kind: RunKind;
  readonly repository: string;
  readonly commit: string;
  /** The commit is not the head: nothing can be approved. */
  readonly speculative: boolean;
  readonly author: string;
  readonly message: string;
  readonly stack: AffectedStack;
}

export interface RunServiceDeps {
  readonly db: Database;
  readonly store: RunStore;
  readonly door: RunDoor;
  readonly clock: Clock;
  readonly random: Random;
  readonly ring: () => void;
}

/** What people do with runs: ask for one, cancel, discard. */
export class RunService {
  readonly #deps: RunServiceDeps;

  constructor(deps: RunServiceDeps) {
    this.#deps = deps;
  }

  /** The run, or `not_found`. */
  async get(id: string): Promise<RunTable> {
    const run = await this.#deps.store.find(id);
    if (!run) throw notFound(id);
    return run;
  }

  /** Queues a manual run, or answers the one that is queued for the same thing already. */
  async request(request: ManualRequest, actor: string): Promise<RunTable> {
    const run = await this.#deps.db.transaction().execute(async (tx) => {
      const queued = (await this.#deps.store.openIn(tx, request.stack.entry.name)).find(
        (open) =>
          open.status === 'queued' &&
          (open.kind === 'drift') === (request.kind === 'drift') &&
          open.speculative === (request.speculative ? 1 : 0),
      );
      if (queued) return this.#join(tx, queued, request, actor);
      return this.#open(tx, request, actor);
    });
    this.#deps.ring();
    return run;
  }

  /** Cancels a run: at once where no process can be running, else by its worker. Asking twice is one wish. */
  async cancel(id: string, actor: string): Promise<RunTable> {
    return this.#deps.db.transaction().execute(async (tx) => {
      const run = await this.#find(tx, id);
      if (!isHeldByWorker(run.status) && run.status !== 'interrupted')
        return this.#move(tx, run, 'canceled', actor, `canceled by ${actor}`);
      await this.#deps.store.requestCancel(tx, id, actor, this.#deps.clock.now());
      return this.#find(tx, id);
    });
  }

  /** Throws a waiting plan away. */
  async discard(id: string, actor: string): Promise<RunTable> {
    return this.#deps.db.transaction().execute(async (tx) => {
      const run = await this.#find(tx, id);
      return this.#move(tx, run, 'discarded', actor, `discarded by ${actor}`);
    });
  }

  async #join(tx: Tx, queued: RunTable, request: ManualRequest, actor: string): Promise<RunTable> {
    const same = queued.commit_sha === request.commit && queued.kind === request.kind;
    if (same) return queued;
    if (queued.trigger === 'manual') {
      await this.#move(tx, queued, 'superseded', actor, `${actor} asked for another one`);
      return this.#open(tx, request, actor);
    }
    throw new HoldfastError('conflict', `stack ${queued.stack} has run ${queued.id} queued (${queued.kind})`, {
      treatment: { kind: 'human', wayOut: `wait for it, or: holdfast cancel ${queued.id}` },
      details: { run: queued.id },
    });
  }

  async #open(tx: Tx, request: ManualRequest, actor: string): Promise<RunTable> {
    const at = this.#deps.clock.now();
    const run = newRun({
      id: newId(this.#deps.clock, this.#deps.random),
      stack: request.stack.entry.name,
      repository: request.repository,
      commit: request.commit,
      base: null,
      kind: request.kind,
      trigger: request.kind === 'drift' ? 'drift' : 'manual',
      speculative: request.speculative,
      author: request.author,
      message: request.message,
      reasons: request.stack.reasons,
      specDigest: await this.#deps.store.saveSpec(tx, request.stack.spec, at),
      inputsDigest: request.stack.inputsDigest,
      at,
    });
    await this.#deps.door.open(tx, run, actor);
    return run;
  }

  async #find(tx: Tx, id: string): Promise<RunTable> {
    const run = await this.#deps.store.findIn(tx, id);
    if (!run) throw notFound(id);
    return run;
  }

  #move(tx: Tx, run: RunTable, to: RunStatus, actor: string, reason: string): Promise<RunTable> {
    return this.#deps.door.move(tx, run, to, { actor, reason });
  }
}

function notFound(id: string): HoldfastError {
  return new HoldfastError('not_found', `there is no run ${id}`, {
    treatment: { kind: 'human', wayOut: 'list them with: holdfast runs' },
  });
}
