import type { Readable } from 'node:stream';
import { HoldfastError } from '../../kernel/errors.ts';
import type { ByteSource } from '../../platform/crypto/byte-reader.ts';
import type { Database } from '../../platform/db/open-database.ts';
import {
  type LockAnswer,
  type LockCaller,
  type LockInfo,
  type LockService,
  refuseWrite,
  type Tx,
  type UnlockAnswer,
} from '../locks/index.ts';
import type { RunTokens } from './run-tokens.ts';
import type { ReceivedState, Settlement, StateKeeper } from './state-keeper.ts';
import { actorOf, refuseVerb, type StateCaller, type StateVerb } from './state-rights.ts';
import type { StateStore, StateVersion } from './state-store.ts';
import { decideWrite } from './write-decision.ts';

export interface StateServiceDeps {
  readonly db: Database;
  readonly store: StateStore;
  readonly locks: LockService;
  readonly tokens: RunTokens;
  readonly keeper: StateKeeper;
}

export interface StateWrite {
  readonly stack: string;
  readonly caller: StateCaller;
  /** `?ID=`: the lock under which terraform writes. */
  readonly lockId: string | null;
  /** Base64, as the header says. */
  readonly contentMd5: string | null;
  readonly bytes: ByteSource;
}

/** The four verbs of the http backend. Rights are looked at within the transaction of what they allow. */
export class StateService {
  readonly #deps: StateServiceDeps;

  constructor(deps: StateServiceDeps) {
    this.#deps = deps;
  }

  /** The current version and its bytes; null only where no version ever existed. Throws `forbidden`, `internal`. */
  async read(stack: string, caller: StateCaller): Promise<{ version: StateVersion; bytes: Readable } | null> {
    allow(caller, 'GET', stack);
    const version = await this.#deps.store.latest(this.#deps.db, stack);
    return version ? { version, bytes: await this.#deps.keeper.open(version) } : null;
  }

  lock(stack: string, caller: StateCaller, info: LockInfo): Promise<LockAnswer> {
    return this.#deps.db.transaction().execute(async (tx) => {
      await this.#allowNow(tx, caller, 'LOCK', stack);
      return this.#deps.locks.lock(tx, stack, lockCaller(caller), info);
    });
  }

  unlock(stack: string, caller: StateCaller, lockId: string | null): Promise<UnlockAnswer> {
    return this.#deps.db.transaction().execute(async (tx) => {
      await this.#allowNow(tx, caller, 'UNLOCK', stack);
      const request = { caller: lockCaller(caller), lockId, mayForce: caller.kind === 'admin' };
      return this.#deps.locks.unlock(tx, stack, request);
    });
  }

  /** Stores a new version. Throws `forbidden`, `conflict`, `invalid`, `too_large`, `busy`: nothing is stored then. */
  async write(request: StateWrite): Promise<Settlement['kind']> {
    const { stack, caller } = request;
    // Asked before the bytes are received, so that nobody sends 100 MB in vain, and again when they are kept.
    await this.#deps.db.transaction().execute((tx) => this.#guardWrite(tx, request));
    const received = await this.#deps.keeper.receive(stack, request.bytes, request.contentMd5);
    const who = { run: lockCaller(caller).run, who: actorOf(caller), action: 'state.written' };
    return this.#deps.keeper.settle(received, async (tx) => {
      await this.#guardWrite(tx, request);
      return this.#settlement(tx, received, who);
    });
  }

  /**
   * Takes the bytes of an `errored.tfstate` on behalf of the run that holds the stack's lock, serial and lineage kept.
   * Throws `conflict` where the run does not hold it (any more), or a newer state is stored.
   */
  async takeErrored(about: {
    stack: string;
    run: string;
    actor: string;
    bytes: ByteSource;
  }): Promise<Settlement['kind']> {
    const { stack, run } = about;
    const received = await this.#deps.keeper.receive(stack, about.bytes, null);
    return this.#deps.keeper.settle(received, async (tx) => {
      const held = await this.#deps.locks.find(tx, stack);
      if (held?.run !== run) throw conflict(stack, `run ${run} does not hold the lock: its state is not taken`);
      return this.#settlement(tx, received, { run, who: about.actor, action: 'state.taken' });
    });
  }

  async #settlement(tx: Tx, received: ReceivedState, who: { run: string | null; who: string; action: string }) {
    const { facts, stored, stack } = received;
    const current = await this.#deps.store.latest(tx, stack);
    const answer = decideWrite(current, { ...facts, digest: stored.digest });
    if (answer.kind === 'refuse') throw conflict(stack, answer.why);
    return answer.kind === 'identical' ? answer : { kind: 'store' as const, ...who };
  }

  async #guardWrite(tx: Tx, { stack, caller, lockId }: StateWrite): Promise<void> {
    await this.#allowNow(tx, caller, 'POST', stack);
    const why = refuseWrite(await this.#deps.locks.find(tx, stack), lockCaller(caller), lockId);
    if (why !== null) throw conflict(stack, why);
  }

  async #allowNow(tx: Tx, caller: StateCaller, verb: StateVerb, stack: string): Promise<void> {
    const now = await this.#deps.tokens.again(tx, caller);
    if (!now) throw new HoldfastError('forbidden', 'this token is no longer known');
    allow(now, verb, stack);
  }
}

function allow(caller: StateCaller, verb: StateVerb, stack: string): void {
  const why = refuseVerb(caller, verb, stack);
  if (why !== null) throw new HoldfastError('forbidden', why);
}

function lockCaller(caller: StateCaller): LockCaller {
  return { run: caller.kind === 'run' ? caller.run : null, actor: actorOf(caller) };
}

function conflict(stack: string, why: string): HoldfastError {
  return new HoldfastError('conflict', `state of ${stack}: ${why}`);
}
