import type { Assignment, HelloResponse } from '../src/features/execution/protocol.ts';
import { type Clock, sleep } from '../src/kernel/clock.ts';
import { messageOf } from '../src/kernel/errors.ts';
import { newId } from '../src/kernel/ids.ts';
import type { Logger } from '../src/kernel/logger.ts';
import { systemRandom } from '../src/kernel/random.ts';
import { createRunDirectory } from '../src/platform/process/run-directory.ts';
import { ApplySession } from './apply/apply-session.ts';
import { type ClaimNotes, giveBackClaims } from './claim-notes.ts';
import type { ControlClient } from './control/control-client.ts';
import { type RetryOptions, retryForever } from './control/retry.ts';
import { NextRun } from './next-run.ts';
import { RunSession } from './run/run-session.ts';
import type { Session } from './run/session.ts';
import type { CarriedRun, SessionDeps } from './run/session-deps.ts';
import { Slots } from './slots.ts';

/** The doorbell, as a worker needs it: `WorkerQueue` is one. */
export interface JobQueue {
  consume(
    queue: 'plan' | 'apply',
    options: {
      concurrency: number;
      /** Of applies: the root whose rings are heard. */
      at?: string;
      handler(payload: { run: string }, signal: AbortSignal): Promise<void>;
    },
  ): unknown;
  /** With `force` running handlers are told to abort and not waited for. */
  close(force?: boolean): Promise<void>;
}

export interface JobLoopDeps {
  readonly worker: string;
  readonly concurrency: number;
  readonly client: ControlClient;
  readonly notes: ClaimNotes;
  readonly session: SessionDeps;
  readonly openQueue: (hello: HelloResponse) => JobQueue;
  /** Claims a synthesis, if one waits, and carries it to its end. Never rejects. */
  readonly synthesise: (signal: AbortSignal) => Promise<void>;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly retry: RetryOptions;
}

/** A slot hears the queue again after so many runs, whatever else is answered to it. */
const IN_A_ROW = 100;

interface Carried {
  readonly session: Session;
  readonly next: NextRun;
}

/** How long a place stays empty after a run that could not be begun. */
const UNBEGUN_MS = 1000;

/** Hears the doorbell, claims, and carries what it gets; a job says only "go and look". */
export class JobLoop {
  readonly sessions = new Set<Session>();
  readonly #deps: JobLoopDeps;
  readonly #slots: { readonly plan: Slots; readonly apply: Slots };
  readonly #draining = new AbortController();
  #queue: JobQueue | null = null;
  #address = '';

  constructor(deps: JobLoopDeps) {
    this.#deps = deps;
    // One place beside the plans, so that a long row of them never keeps an apply waiting.
    this.#slots = { plan: new Slots(deps.concurrency), apply: new Slots(1) };
  }

  /** Listens where the control plane says; again only where that moved. */
  async listen(hello: HelloResponse): Promise<void> {
    const address = `${hello.redis_url} ${hello.redis_prefix}`;
    if (this.#draining.signal.aborted || address === this.#address) return;
    this.#address = address;
    // Runs that are carried need no job: only the jobs are let go.
    await this.#queue?.close(true);
    const queue = this.#deps.openQueue(hello);
    const { root } = this.#deps.session;
    this.#queue = queue;
    for (const slot of ['plan', 'apply'] as const) {
      const { concurrency } = this.#deps;
      // Applies may have the places of plans that nobody wants, too.
      const places = slot === 'plan' ? { concurrency } : { concurrency: concurrency + 1, at: root };
      queue.consume(slot, { ...places, handler: (payload, signal) => this.#hear(slot, payload.run, signal) });
    }
  }

  /** Carries a run that was adopted; it takes a place without a job. */
  carry(run: CarriedRun): void {
    const slots = this.#slots[run.assignment.phase];
    slots.takeAnyway();
    this.#open(run).done.then(() => slots.give());
  }

  /**
   * Claims no more and waits for what is carried, at most `drainMs`; what runs then stays for the next life. An apply that runs
   * is left at once, or, where `staysForApplies`, waited for to its end.
   */
  async drain(drainMs: number, staysForApplies = false): Promise<void> {
    this.#draining.abort();
    const carried = Promise.all([...this.sessions].filter(isWaitedFor).map((session) => session.done));
    let cancel = () => {};
    const over = new Promise<void>((resolve) => {
      cancel = this.#deps.clock.after(drainMs, resolve);
    });
    await Promise.race([carried, over]);
    cancel();
    if (staysForApplies) {
      const applies = [...this.sessions].filter((session) => !isWaitedFor(session));
      await Promise.all(applies.map((session) => session.done));
    }
    await this.#queue?.close(this.sessions.size > 0);
  }

  async #hear(slot: 'plan' | 'apply', hint: string, signal: AbortSignal): Promise<void> {
    const giveUp = AbortSignal.any([signal, this.#draining.signal]);
    const slots = await this.#place(slot, giveUp);
    if (!slots) return;
    if (isSynthHint(hint)) {
      // Nothing of a synthesis is left to a next life: it ends with this worker, or with the queue's job.
      await this.#deps.synthesise(giveUp).finally(() => slots.give());
      return;
    }
    const carried = await this.#claim(slot, hint, giveUp).catch(async (error) => {
      // What could not be begun is rung for again at once: a full disk must not make that a race.
      await sleep(this.#deps.clock, UNBEGUN_MS, giveUp);
      slots.give();
      throw error;
    });
    if (!carried) return slots.give();
    const done = this.#carryOn(carried, giveUp).finally(() => slots.give());
    await untilDoneOrAborted(done, signal);
  }

  /** Where the run of a slot has its place: an apply in its own, else in one of the plans that is free. Null: no more. */
  async #place(slot: 'plan' | 'apply', giveUp: AbortSignal): Promise<Slots | null> {
    const { plan, apply } = this.#slots;
    if (giveUp.aborted) return null;
    if (slot === 'apply' && !apply.tryTake()) return plan.tryTake() ? plan : (await apply.take(giveUp)) ? apply : null;
    if (slot === 'apply') return apply;
    return (await plan.take(giveUp)) ? plan : null;
  }

  /** A claimed run, and after it those that outcomes are answered with: one at a time, in the same slot. Never rejects. */
  async #carryOn(first: Carried, signal: AbortSignal): Promise<void> {
    let { session, next } = first;
    for (let inRow = 1; ; inRow++) {
      await session.done;
      const { given } = next;
      if (given === null) return;
      if (signal.aborted) return next.failed();
      next = this.#next(signal, inRow);
      try {
        session = await this.#begin(given.assignment, given.claimId, next);
      } catch (error) {
        this.#deps.logger.error({ run: given.assignment.run, reason: messageOf(error) }, 'a run could not be begun');
        return this.#giveBack(given.claimId);
      }
    }
  }

  #next(signal: AbortSignal, inRow: number): NextRun {
    const { clock, notes, worker, session } = this.#deps;
    const isWanted = () => !signal.aborted && inRow < IN_A_ROW && !this.#slots.plan.isCrowded;
    const giveBack = (claimId: string) => this.#giveBack(claimId);
    return new NextRun({ worker, root: session.root, notes, clock, isWanted, giveBack });
  }

  async #claim(slot: 'plan' | 'apply', hint: string, signal: AbortSignal): Promise<Carried | null> {
    const { client, clock, notes, retry, worker, session } = this.#deps;
    const claim = { claim_id: newId(clock, systemRandom, 16), worker, root: session.root, slot, hint };
    notes.add(claim.claim_id);
    let tries = 0;
    const ask = () => {
      tries++;
      return client.claim(claim);
    };
    try {
      const assignment = await retryForever('claim', ask, { ...retry, signal });
      if (!assignment) {
        // Nothing now, but an earlier try may have been given something whose lease is over: it was not begun.
        if (tries > 1) this.#giveBack(claim.claim_id);
        else notes.remove(claim.claim_id);
        return null;
      }
      const next = this.#next(signal, 0);
      return { session: await this.#begin(assignment, claim.claim_id, next), next };
    } catch (error) {
      this.#giveBack(claim.claim_id);
      throw error;
    }
  }

  /** From here on its directory, and no longer the note of its claim, says what is known of it. */
  async #begin(assignment: Assignment, claimId: string, next: NextRun): Promise<Session> {
    const { notes, session } = this.#deps;
    const { run, attempt } = assignment;
    const directory = await createRunDirectory(session.root, { run, attempt }, assignment.phase === 'apply');
    notes.remove(claimId);
    return this.#open({ assignment, directory, attempt, adoptedLogSize: null, next });
  }

  /** Nobody will begin what this claim may have been answered. While draining, the note is left to the next life. */
  #giveBack(claimId: string): void {
    const { logger } = this.#deps;
    if (this.#draining.signal.aborted) return;
    giveBackClaims([claimId], this.#deps).catch((error) => {
      logger.warn({ claim: claimId, reason: messageOf(error) }, 'a claim could not be given back; its lease runs out');
    });
  }

  #open(run: CarriedRun): Session {
    const Kind = run.assignment.phase === 'apply' ? ApplySession : RunSession;
    const session = new Kind(this.#deps.session, run);
    this.sessions.add(session);
    session.done.then(() => this.sessions.delete(session));
    return session;
  }
}

/** Jobs of syntheses ring in the queue of the plans. */
const isSynthHint = (hint: string) => hint.startsWith('synth-');

/** What a drain has time for. */
const isWaitedFor = (session: Session) => !session.isApplying;

/** The signal lives as long as the queue: a listener must not stay on it with every job. */
function untilDoneOrAborted(done: Promise<void>, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = () => {
      signal.removeEventListener('abort', end);
      resolve();
    };
    if (signal.aborted) return resolve();
    signal.addEventListener('abort', end);
    done.then(end, end);
  });
}
