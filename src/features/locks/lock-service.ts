import type { Clock } from '../../kernel/clock.ts';
import { HoldfastError } from '../../kernel/errors.ts';
import { appendAudit } from '../audit/index.ts';
import { type Lock, type LockCaller, type Reader, type Tx, UNBOUND } from './lock.ts';
import { decideLock, decideUnlock, type LockAnswer, type UnlockAnswer, type UnlockRequest } from './lock-decision.ts';
import type { LockStore } from './lock-store.ts';

/** What terraform says with LOCK, of which we look at these. */
export interface LockInfo {
  readonly id: string;
  readonly operation: string;
  /** `user@host`, as terraform tells it. */
  readonly who: string;
  /** The whole document as it was sent. */
  readonly text: string;
}

/** Takes, frees and shows the locks of stacks, in the caller's transaction, each change with its audit row. */
export class LockService {
  readonly #store: LockStore;
  readonly #clock: Clock;

  constructor(store: LockStore, clock: Clock) {
    this.#store = store;
    this.#clock = clock;
  }

  find(db: Reader, stack: string): Promise<Lock | null> {
    return this.#store.find(db, stack);
  }

  list(db: Reader): Promise<Lock[]> {
    return this.#store.list(db);
  }

  /**
   * Takes the stack for a run in the transaction that claims its apply, before terraform exists. Null: it is the run's;
   * else the lock of somebody else, for whom the run has to wait.
   */
  async claim(tx: Tx, about: { stack: string; run: string; holder: string }): Promise<Lock | null> {
    const lock = { ...about, lock_id: UNBOUND, operation: 'apply', info: '{}', since: this.#clock.now() };
    if (await this.#store.insert(tx, lock)) {
      await this.#audit(tx, 'lock.taken', lock, `run:${about.run}`);
      return null;
    }
    const held = await this.#store.find(tx, about.stack);
    return held?.run === about.run ? null : held;
  }

  /** Frees what a run holds, once its end is proven. Answers the lock as it was: its `lock_id` tells whether terraform unlocked. */
  async freeOfRun(tx: Tx, run: string, actor: string): Promise<Lock | null> {
    const held = await this.#store.findOfRun(tx, run);
    if (held) await this.#free(tx, held, actor, 'lock.freed');
    return held;
  }

  /** Frees the stack's lock on the word of a person, whoever holds it. Answers the lock as it was, or null. */
  async force(tx: Tx, stack: string, actor: string, evidence: string): Promise<Lock | null> {
    const held = await this.#store.find(tx, stack);
    if (!held) return null;
    sure(await this.#store.remove(tx, held), stack);
    await this.#audit(tx, 'lock.forced', held, actor, { evidence });
    return held;
  }

  /** LOCK of the http protocol. */
  async lock(tx: Tx, stack: string, caller: LockCaller, info: LockInfo): Promise<LockAnswer> {
    const held = await this.#store.find(tx, stack);
    const answer = decideLock(held, caller, info.id);
    if (answer.kind === 'take') await this.#take(tx, stack, caller, info);
    if (answer.kind === 'bind' && held) {
      sure(await this.#store.rebind(tx, held, { lock_id: info.id, operation: info.operation, info: info.text }), stack);
    }
    return answer;
  }

  /** UNLOCK of the http protocol. */
  async unlock(tx: Tx, stack: string, request: Omit<UnlockRequest, 'wasFreed'>): Promise<UnlockAnswer> {
    const held = await this.#store.find(tx, stack);
    const isOther = held !== null && request.lockId !== null && held.lock_id !== request.lockId;
    const wasFreed = isOther && (await this.#store.wasFreed(tx, stack, request.lockId ?? ''));
    const answer = decideUnlock(held, { ...request, wasFreed });
    if (!held) return answer;
    if (answer.kind === 'free') {
      await this.#free(tx, held, request.caller.actor, answer.forced ? 'lock.forced' : 'lock.freed');
    }
    if (answer.kind === 'unbind') {
      sure(await this.#store.rebind(tx, held, { ...held, lock_id: UNBOUND }), stack);
      await this.#audit(tx, 'lock.freed', held, request.caller.actor);
    }
    return answer;
  }

  async #take(tx: Tx, stack: string, caller: LockCaller, info: LockInfo): Promise<void> {
    const lock: Lock = {
      stack,
      run: caller.run,
      lock_id: info.id,
      holder: caller.run === null ? `${info.who || 'somebody'} (${caller.actor})` : `run ${caller.run}`,
      operation: info.operation,
      info: info.text,
      since: this.#clock.now(),
    };
    sure(await this.#store.insert(tx, lock), stack);
    await this.#audit(tx, 'lock.taken', lock, caller.actor);
  }

  async #free(tx: Tx, held: Lock, actor: string, action: 'lock.freed' | 'lock.forced'): Promise<void> {
    sure(await this.#store.remove(tx, held), held.stack);
    await this.#audit(tx, action, held, actor);
  }

  #audit(tx: Tx, action: string, lock: Lock, actor: string, more: object = {}): Promise<void> {
    const { stack, run, lock_id, holder, operation } = lock;
    const facts = { run, lock_id, holder, operation, ...more };
    return appendAudit(tx, { at: this.#clock.now(), actor, action, subject: stack, stack, facts });
  }
}

/** In a transaction nobody is faster; where the database allowed it all the same, the sender tries again. */
function sure(changed: boolean, stack: string): void {
  if (!changed) throw new HoldfastError('busy', `the lock of ${stack} changed meanwhile`);
}
