import { mkdir, rename } from 'node:fs/promises';
import { join } from 'node:path';
import type { ApplyOutcomeRequest } from '../../src/features/execution/apply-protocol.ts';
import { sleep } from '../../src/kernel/clock.ts';
import { messageOf } from '../../src/kernel/errors.ts';
import type { Logger } from '../../src/kernel/logger.ts';
import { markRun } from '../../src/platform/process/run-directory.ts';
import { isTaken } from '../control/answer-error.ts';
import type { RunRef } from '../control/control-client.ts';
import { type RetryOptions, retryForever } from '../control/retry.ts';
import type { Session } from '../run/session.ts';
import type { CarriedRun, SessionDeps } from '../run/session-deps.ts';
import { wasCalled } from '../steps/call-evidence.ts';
import type { CopyRest } from '../working-copies.ts';
import { bareEnd, neverStarted } from './apply-outcome.ts';
import { runApplyPipeline } from './apply-pipeline.ts';
import { APPLY_CALL } from './apply-runner.ts';
import { type OpenApply, openApply } from './open-apply.ts';

/** After an error of ours while terraform applies, its end is looked for again. */
const AGAIN_MS = 5000;

/**
 * Carries one apply from its assignment to the acknowledged outcome. It never ends the engine: cancelled, it lets terraform
 * know once; fenced, drained or in trouble, it only stops talking about it.
 */
export class ApplySession implements Session {
  readonly ref: RunRef;
  readonly done: Promise<void>;
  readonly #deps: SessionDeps;
  readonly #run: CarriedRun;
  readonly #logger: Logger;
  readonly #canceled = new AbortController();
  readonly #fenced = new AbortController();
  #open: OpenApply | null = null;

  constructor(deps: SessionDeps, run: CarriedRun) {
    this.#deps = deps;
    this.#run = run;
    this.ref = { run: run.assignment.run, attempt: run.attempt };
    this.#logger = deps.logger.child({ ...this.ref, stack: run.assignment.stack });
    this.done = this.#carry().catch((error) =>
      this.#logger.error({ reason: messageOf(error) }, 'an apply was dropped'),
    );
  }

  get isApplying(): boolean {
    return this.#open?.isRunning() ?? false;
  }

  cancel(): void {
    this.#canceled.abort();
  }

  fence(): void {
    this.#fenced.abort();
  }

  async #carry(): Promise<void> {
    const { directory } = this.#run;
    const { copies } = this.#deps;
    const { letGo, problem } = await this.#takeCopy();
    let rest: CopyRest = 'keep';
    try {
      const outcome = problem === null ? await this.#work() : this.#notStarted(problem);
      if (this.#fenced.signal.aborted) return await this.#setAside('it was given away');
      await this.#report(outcome);
      rest = outcome.evidence === 'never_started' && outcome.error === null ? 'keep' : 'remove';
      // Before the mark: what is marked may be removed by any next life.
      if (outcome.errored_state === 'unreadable') await this.#rescue();
      else await this.#acknowledge();
      await copies.throwAway(directory.path);
      await copies.throwAway(this.#scratch);
    } catch (error) {
      if (!isTaken(error)) throw error;
      await this.#setAside(messageOf(error));
    } finally {
      await letGo(rest);
    }
  }

  /** Without the mark, on a full disk, a next life asks again and hears that it is over. */
  async #acknowledge(): Promise<void> {
    await markRun(this.#run.directory, 'acked').catch((error) => {
      this.#logger.warn({ reason: messageOf(error) }, 'an apply that is told could not be marked so');
    });
  }

  /** An engine that an earlier life began is followed whatever became of its copy. */
  async #takeCopy(): Promise<{ letGo: (rest: CopyRest) => Promise<void>; problem: string | null }> {
    const { assignment, adoptedLogSize } = this.#run;
    const wanted = adoptedLogSize === null ? 'kept' : 'running';
    try {
      return { letGo: await this.#deps.copies.take(assignment.work_key, this.ref.run, wanted), problem: null };
    } catch (error) {
      this.#logger.error({ reason: messageOf(error) }, 'the working copy of an apply cannot be had');
      const problem = `its working copy cannot be had: ${messageOf(error)}; nothing was applied, plan again`;
      return { letGo: async () => {}, problem: wanted === 'kept' ? problem : null };
    }
  }

  #notStarted(error: string): ApplyOutcomeRequest {
    return neverStarted({ attempt: this.ref.attempt, adopted: false, error });
  }

  /** The outcome, with the whole log stored before it. */
  async #work(): Promise<ApplyOutcomeRequest> {
    const { clock, loadApplySteps } = this.#deps;
    const fenced = this.#fenced.signal;
    const steps = await loadApplySteps();
    for (;;) {
      try {
        const open = this.#open ?? (await this.#openIt());
        this.#open = open;
        const outcome = await runApplyPipeline(open.context, { steps, retry: this.#retry, clock });
        if (!fenced.aborted) await this.#finishLog(open);
        return { ...outcome, attempt: this.#run.attempt };
      } catch (error) {
        if (isTaken(error) || fenced.aborted) throw error;
        // Where it could not even be opened, nobody but us could have begun it.
        if (this.#open === null && !(await wasCalled({ runDir: this.#run.directory.path }, APPLY_CALL))) {
          return this.#notStarted(`it could not be begun on its worker: ${messageOf(error)}; nothing was applied`);
        }
        this.#logger.error({ reason: messageOf(error) }, 'an apply could not be followed; its end is looked for again');
        await sleep(clock, AGAIN_MS, fenced);
      }
    }
  }

  async #openIt(): Promise<OpenApply> {
    const scratch = this.#scratch;
    await mkdir(scratch, { recursive: true, mode: 0o700 });
    return openApply(this.#deps, this.#run, {
      logger: this.#logger,
      scratch,
      canceled: this.#canceled.signal,
      fenced: this.#fenced.signal,
      onFenced: () => this.fence(),
    });
  }

  /** A log that cannot be stored takes nothing from the outcome. */
  async #finishLog(open: OpenApply): Promise<void> {
    try {
      await open.finishLog();
    } catch (error) {
      if (isTaken(error)) throw error;
      this.#logger.error({ reason: messageOf(error) }, 'the log of an apply is incomplete');
    }
  }

  async #report(outcome: ApplyOutcomeRequest): Promise<void> {
    const send = (told: ApplyOutcomeRequest) =>
      retryForever('apply-outcome', () => this.#deps.applies.sendOutcome(this.ref.run, told), this.#retry);
    try {
      await send(outcome);
    } catch (error) {
      if (isTaken(error)) throw error;
      const reason = `the control plane refused the outcome: ${messageOf(error)}`.slice(0, 2000);
      await send(bareEnd({ attempt: outcome.attempt, adopted: outcome.adopted, error: reason, told: outcome }));
    }
  }

  get #retry(): RetryOptions {
    const { clock, pauses } = this.#deps;
    return { clock, logger: this.#logger, signal: this.#fenced.signal, ...(pauses ? { pauses } : {}) };
  }

  /** Whatever is left of a state that is stored nowhere stays for a person. */
  async #rescue(): Promise<void> {
    const rescued = join(this.#deps.root, 'rescued');
    await mkdir(rescued, { recursive: true, mode: 0o700 });
    await rename(this.#run.directory.path, join(rescued, `${this.ref.run}-${this.ref.attempt}`));
  }

  async #setAside(reason: string): Promise<void> {
    this.#logger.warn({ reason }, 'an apply is no longer ours; its directory is kept for a day');
    await markRun(this.#run.directory, 'fenced');
    // Before its copy is let go of.
    await this.#deps.strays.collect(this.#run.directory);
  }

  /** Short: providers make unix sockets in it, and such a path has 108 bytes. */
  get #scratch(): string {
    return join(this.#deps.root, 'tmp', this.ref.run);
  }
}
