import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Assignment, HelloResponse, OutcomeRequest } from '../../src/features/execution/protocol.ts';
import type { Clock } from '../../src/kernel/clock.ts';
import { HoldfastError, messageOf } from '../../src/kernel/errors.ts';
import type { Logger } from '../../src/kernel/logger.ts';
import { markRun, type RunDirectory } from '../../src/platform/process/run-directory.ts';
import type { ControlClient, RunRef } from '../control/control-client.ts';
import { type RetryOptions, retryForever } from '../control/retry.ts';
import type { LogRenderer } from '../log/log-shipper.ts';
import type { PipelineFacts, PipelineStep } from '../pipeline.ts';
import type { CopyRest, WorkingCopies } from '../working-copies.ts';
import { bareOutcome } from './bare-outcome.ts';
import { runPipeline } from './pipeline-runner.ts';
import { type OpenRun, openRun } from './run-context.ts';

/** What every run of a worker shares. */
export interface SessionDeps {
  readonly root: string;
  readonly client: ControlClient;
  readonly copies: WorkingCopies;
  readonly hello: () => HelloResponse;
  readonly loadSteps: () => Promise<readonly PipelineStep[]>;
  readonly createRenderer: (mask: NonNullable<PipelineFacts['mask']>) => LogRenderer;
  readonly workerEnv: Readonly<Record<string, string | undefined>>;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly pauses?: NonNullable<RetryOptions['pauses']>;
  /** Beyond this an engine is ended; 1 GB unless a test is in a hurry. */
  readonly outputLimitBytes?: number;
}

/** One run that this session carries. */
export interface CarriedRun {
  readonly assignment: Assignment;
  readonly directory: RunDirectory;
  readonly attempt: number;
  /** Bytes of the log that the control plane has from an earlier life; null for a run that was just claimed. */
  readonly adoptedLogSize: number | null;
}

/** Carries one run from its assignment to the acknowledged outcome. */
export class RunSession {
  readonly ref: RunRef;
  /** Resolves, and never rejects, when nothing of the run is left to do here. */
  readonly done: Promise<void>;
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
    const letGo = await this.#deps.copies.take(assignment.work_key, this.ref.run, adoptedLogSize === null);
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

  /** The outcome, with the whole log stored before it. */
  async #work(): Promise<OutcomeRequest> {
    const { assignment, attempt } = this.#run;
    const { clock, hello, loadSteps } = this.#deps;
    const patience = new AbortController();
    // A step that waits for something that does not come back fails in the end; the plan has its own time.
    const enough = clock.after(hello().plan_timeout_ms, () => patience.abort());
    try {
      const scratch = this.#scratch;
      if (this.#run.adoptedLogSize === null) await this.#deps.copies.throwAway(scratch);
      await mkdir(scratch, { recursive: true, mode: 0o700 });
      const { signal } = this.#ending;
      const open = await openRun(this.#deps, this.#run, { signal, logger: this.#logger, scratch });
      const steps = await loadSteps();
      const retry = { ...this.#retry, signal: AbortSignal.any([signal, patience.signal]) };
      const outcome = await runPipeline(open.context, { attempt, steps, retry, elapsed: () => clock.now() });
      if (!this.#isFenced) await this.#finishLog(open);
      return { ...outcome, attempt };
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
  async #finishLog(open: OpenRun): Promise<void> {
    try {
      await open.finishLog();
    } catch (error) {
      if (isTaken(error)) throw error;
      this.#logger.error({ reason: messageOf(error) }, 'the log of a run is incomplete');
    }
  }

  async #report(outcome: OutcomeRequest): Promise<void> {
    const send = (told: OutcomeRequest) =>
      retryForever('outcome', () => this.#deps.client.sendOutcome(this.ref.run, told), this.#retry);
    try {
      await send(outcome);
    } catch (error) {
      if (isTaken(error)) throw error;
      const { attempt, phase } = outcome;
      const reason = `the control plane refused the outcome: ${messageOf(error)}`.slice(0, 2000);
      await send(bareOutcome({ attempt, phase, result: 'failed', error: reason }));
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

function isTaken(error: unknown): boolean {
  return error instanceof HoldfastError && (error.code === 'fenced' || error.code === 'gone');
}

/** A plan that may be approved is applied in its own working copy. */
function restOf(assignment: Assignment, outcome: OutcomeRequest): CopyRest {
  return outcome.result === 'planned' && outcome.plan_digest !== null && !assignment.speculative ? 'keep' : 'remove';
}
