import { type Clock, sleep } from '../src/kernel/clock.ts';
import { messageOf } from '../src/kernel/errors.ts';
import type { Logger } from '../src/kernel/logger.ts';
import type { ControlClient } from './control/control-client.ts';
import type { Session } from './run/session.ts';
import type { WorkingCopies } from './working-copies.ts';

export interface HeartbeatDeps {
  readonly worker: string;
  readonly client: ControlClient;
  readonly copies: WorkingCopies;
  readonly sessions: ReadonlySet<Session>;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly intervalMs: () => number;
  /** The control plane answers again after it did not. */
  readonly onContact: () => Promise<void>;
}

/** Keeps the leases of all runs of this worker alive, and does what the answers say. */
export class Heartbeat {
  readonly #deps: HeartbeatDeps;
  readonly #stopping = new AbortController();
  #isAway = false;

  constructor(deps: HeartbeatDeps) {
    this.#deps = deps;
  }

  /** Beats until `stop`. */
  async start(): Promise<void> {
    const { clock, intervalMs } = this.#deps;
    while (!this.#stopping.signal.aborted) {
      await sleep(clock, intervalMs(), this.#stopping.signal);
      if (!this.#stopping.signal.aborted) await this.runOnce();
    }
  }

  stop(): void {
    this.#stopping.abort();
  }

  /** One beat; a failure is only noted, the next beat is the retry. */
  async runOnce(): Promise<void> {
    const { client, copies, logger, sessions, worker } = this.#deps;
    try {
      const runs = [...sessions].map((session) => session.ref);
      const answer = await client.heartbeat({ worker, runs, kept: copies.kept.slice(0, 10_000) });
      for (const session of sessions) {
        const isMeant = (ref: { run: string; attempt: number }) =>
          ref.run === session.ref.run && ref.attempt === session.ref.attempt;
        if (answer.fenced.some(isMeant)) session.fence();
        else if (answer.cancel.some(isMeant)) session.cancel();
      }
      await copies.discard(answer.release);
      if (this.#isAway) await this.#deps.onContact();
      this.#isAway = false;
    } catch (error) {
      if (!this.#isAway) logger.warn({ reason: messageOf(error) }, 'heartbeat failed');
      this.#isAway = true;
    }
  }
}
