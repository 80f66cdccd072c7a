import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Assignment, OutcomeRequest } from '../../src/features/execution/protocol.ts';
import { messageOf } from '../../src/kernel/errors.ts';
import type { Logger } from '../../src/kernel/logger.ts';
import { markRun } from '../../src/platform/process/run-directory.ts';
import { isTaken } from '../control/answer-error.ts';
import type { RunRef } from '../control/control-client.ts';
import { type RetryOptions, retryForever } from '../control/retry.ts';
import type { NextRun } from '../next-run.ts';
import { nameConstructs } from '../synth/construct-paths.ts';
import type { CopyRest } from '../working-copies.ts';
import { bareOutcome } from './bare-outcome.ts';
import { runPipeline } from './pipeline-runner.ts';
import { type OpenRun, openRun } from './run-context.ts';
import type { Session } from './session.ts';
import type { CarriedRun, SessionDeps } from './session-deps.ts';

/** A short log goes with the outcome: one request less. */
const LOG_WITH_OUTCOME = 32_768;

/** Carries one plan from its assignment to the acknowledged outcome. */
export class RunSession implements Session {
  readonly ref: RunRef;
  readonly done: Promise<void>;
  readonly isApplying = false;
  readonly #deps: SessionDeps;
  readonly #run: CarriedRun;
  readonly #logger: Logger;
  readonly #ending = new AbortController();
  #isFenced = false;

  constructor(deps: SessionDeps, run: CarriedRun) {
    this.#deps = deps;
    this.#run = run;
    this.ref = { run: run.assignment.run, attempt: run.attempt };
    this.#logger = deps.logger.child({ ...this.ref, stack: run.assignment.stack });
    this.done = this.#carry().catch((error) => this.#logger.error({ reason: messageOf(error) }, 'a run was dropped'));
  }

  /** Somebody cancelled it: its plan is ended. */
  cancel(): void {
    this.#ending.abort();
  }

  /** It is no longer this worker's: nothing more is reported, and a plan that still runs only costs. */
  fence(): void {
    this.#isFenced = true;
    this.#ending.abort();
  }

  async #carry(): Promise<void> {
    const { assignment, directory, adoptedLogSize } = this.#run;
    const letGo = await this.#deps.copies.take(
      assignment.work_key,
      this.ref.run,
      adoptedLogSize === null ? 'fresh' : 'running',
    );
    let rest: CopyRest = 'remove';
    try {
      const outcome = await this.#work();
      if (this.#isFenced) return await this.#setAside('it was given away');
      await this.#report(outcome);
      rest = restOf(assignment, outcome);
      await markRun(directory, 'acked');
      // Plan files and outputs are clear text: they go as soon as nobody needs them.
      await this.#deps.copies.throwAway(directory.path);
      await this.#deps.copies.throwAway(this.#scratch);
    } catch (error) {
      if (!isTaken(error)) throw error;
      await this.#setAside(messageOf(error));
    } finally {
      await letGo(rest);
    }
  }

  /** The outcome, with the whole log stored before it, or in it. */
  async #work(): Promise<OutcomeRequest> {
    const { assignment, attempt } = this.#run;
    const { clock, hello, loadSteps } = this.#deps;
    const { signal } = this.#ending;
    const patience = new AbortController();
    const giveUp = () => patience.abort();
    if (signal.aborted) giveUp();
    signal.addEventListener('abort', giveUp, { once: true });
    // A step that waits for something that does not come back fails in the end; the plan has its own time.
    const enough = clock.after(hello().plan_timeout_ms, giveUp);
    try {
      const scratch = this.#scratch;
      if (this.#run.adoptedLogSize === null) await this.#deps.copies.throwAway(scratch);
      mkdirSync(scratch, { recursive: true, mode: 0o700 });
      const open = await openRun(this.#deps, this.#run, { signal, logger: this.#logger, scratch });
      const steps = await loadSteps();
      const retry = { ...this.#retry, signal: patience.signal };
      const planned = await runPipeline(open.context, { attempt, steps, retry, elapsed: () => clock.now() });
      const { stackDir } = open.context.paths;
      const outcome = await nameConstructs(planned, stackDir);
      const log = this.#isFenced ? null : await this.#finishLog(open);
      return { ...outcome, attempt, ...(log === null ? {} : { log }) };
    } catch (error) {
      if (isTaken(error)) throw error;
      this.#logger.error({ reason: messageOf(error) }, 'the run could not be carried');
      const reason = messageOf(error).slice(0, 2000);
      return bareOutcome({ attempt, phase: assignment.phase, result: 'failed', error: reason });
    } finally {
      enough();
    }
  }

  /** A log that cannot be stored takes nothing from the outcome. */
  async #finishLog(open: OpenRun): Promise<string | null> {
    try {
      return await open.finishLog(LOG_WITH_OUTCOME);
    } catch (error) {
      if (isTaken(error)) throw error;
      this.#logger.error({ reason: messageOf(error) }, 'the log of a run is incomplete');
      return null;
    }
  }

  async #report(outcome: OutcomeRequest): Promise<void> {
    const send = (told: OutcomeRequest, asked: NextRun['ask'] = () => ({})) =>
      retryForever('outcome', () => this.#deps.client.sendOutcome(this.ref.run, { ...told, ...asked() }), this.#retry);
    const { next } = this.#run;
    try {
      const answer = await send(outcome, () => next?.ask() ?? {});
      next?.answered(answer.next);
    } catch (error) {
      next?.failed();
      if (isTaken(error)) throw error;
      const { attempt, phase, log } = outcome;
      const reason = `the control plane refused the outcome: ${messageOf(error)}`.slice(0, 2000);
      const failed = bareOutcome({ attempt, phase, result: 'failed', error: reason });
      await send(log === undefined ? failed : { ...failed, log });
    }
  }

  get #retry(): RetryOptions {
    const { clock, pauses } = this.#deps;
    return { clock, logger: this.#logger, ...(pauses ? { pauses } : {}) };
  }

  async #setAside(reason: string): Promise<void> {
    this.#logger.warn({ reason }, 'the run is no longer ours; its directory is kept for a day');
    await markRun(this.#run.directory, 'fenced');
    await this.#deps.copies.throwAway(this.#scratch);
  }

  /** Short: providers make unix sockets in it, and such a path has 108 bytes. */
  get #scratch(): string {
    return join(this.#deps.root, 'tmp', this.ref.run);
  }
}

/** A plan that may be approved is applied in its own working copy. */
function restOf(assignment: Assignment, outcome: OutcomeRequest): CopyRest {
  return outcome.result === 'planned' && outcome.plan_digest !== null && !assignment.speculative ? 'keep' : 'remove';
}
