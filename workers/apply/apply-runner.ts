import { hostname } from 'node:os';
import { join } from 'node:path';
import type { ProcessReport } from '../../src/features/execution/apply-protocol.ts';
import { type Clock, sleep } from '../../src/kernel/clock.ts';
import { messageOf } from '../../src/kernel/errors.ts';
import type { Logger } from '../../src/kernel/logger.ts';
import { createCallDirectory, observe, readIntent } from '../../src/platform/process/call-directory.ts';
import { waitForEnd } from '../../src/platform/process/engine-end.ts';
import { interruptApply, signalOf } from '../../src/platform/process/interrupt-apply.ts';
import { type EngineRecord, judge } from '../../src/platform/process/process-evidence.ts';
import type { RunDirectory } from '../../src/platform/process/run-directory.ts';
import { spawnEngine } from '../../src/platform/process/spawn-engine.ts';
import type { EngineCall } from '../pipeline.ts';
import { startError } from '../run/engine-runner.ts';
import type { ApplyEnd } from './apply-context.ts';

/** Name of the call's folder in the run directory: there is never a second one. */
export const APPLY_CALL = 'apply';

export interface ApplyRunnerOptions {
  readonly directory: RunDirectory;
  readonly attempt: number;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Aborted when somebody cancelled: terraform gets one SIGINT, ever. */
  readonly canceled: AbortSignal;
  /** The call begins (or is found): its folder's name, and a signal that aborts when it has ended. */
  readonly onCall: (name: string, ended: AbortSignal) => void;
  /** Tells the control plane whose death will be the apply's; retries by itself until `ended`. */
  readonly report: (process: Omit<ProcessReport, 'attempt'>, ended: AbortSignal) => Promise<void>;
}

/**
 * Runs an apply through the shim, or finds it running or ended in the run directory. It has no time, no bound for its output or
 * the disk, and no end of ours: drains, fences and errors of this worker never reach it.
 */
export class ApplyRunner {
  readonly #options: ApplyRunnerOptions;
  #isRunning = false;

  constructor(options: ApplyRunnerOptions) {
    this.#options = options;
  }

  /** True from the moment the engine is meant until its end is known. */
  get isRunning(): boolean {
    return this.#isRunning;
  }

  /** Starts the call; null: only looks for the one that was begun. Resolves with its end, whatever it was. */
  async run(call: EngineCall | null): Promise<ApplyEnd> {
    const dir = join(this.#options.directory.path, APPLY_CALL);
    this.#isRunning = true;
    try {
      return await this.#attend(dir, call, call ? await this.#start(dir, call) : undefined);
    } finally {
      this.#isRunning = false;
    }
  }

  async #start(dir: string, call: EngineCall): Promise<Promise<void>[]> {
    const { directory, attempt, clock } = this.#options;
    const { label, binary, args, cwd } = call;
    const intent = { run: directory.run, attempt, label, binary, args, cwd, at: clock.now() };
    await createCallDirectory(dir, intent, true);
    // In an array, lest awaiting this awaits the engine.
    return [spawnEngine(dir, call)];
  }

  async #attend(dir: string, call: EngineCall | null, shimEnded?: Promise<void>[]): Promise<ApplyEnd> {
    const { clock } = this.#options;
    const ended = new AbortController();
    this.#options.onCall(APPLY_CALL, ended.signal);
    const beside = [this.#tellProcess(dir, ended.signal), this.#hearCancel(dir, ended.signal)];
    const verdict = await waitForEnd(dir, clock, shimEnded?.[0]).finally(() => ended.abort());
    await Promise.all(beside);
    const failed = verdict.kind === 'never_started' && call ? await startError(call, dir, shimEnded?.[0]) : null;
    return {
      evidence: verdict.kind,
      exitCode: verdict.kind === 'exited' ? verdict.exitCode : null,
      outFile: join(dir, 'out'),
      errFile: join(dir, 'err'),
      startError: failed && messageOf(failed),
      meantAt: (await readIntent(dir))?.at ?? 0,
      signal: signalOf(dir),
    };
  }

  async #tellProcess(dir: string, ended: AbortSignal): Promise<void> {
    try {
      const record = await recordOf(dir, this.#options.clock, ended);
      if (!record) return;
      const { bootId: boot_id, pid, startTime: start_time } = record;
      await this.#options.report({ host: hostname(), boot_id, pid, start_time }, ended);
    } catch (error) {
      if (!ended.aborted)
        this.#options.logger.warn({ reason: messageOf(error) }, "an apply's process was not reported");
    }
  }

  async #hearCancel(dir: string, ended: AbortSignal): Promise<void> {
    const { canceled, clock, logger } = this.#options;
    await abortOf(canceled, ended);
    if (ended.aborted) return;
    try {
      const isSent = await interruptApply({ dir, clock, ended });
      logger.info({ isSent, signal: signalOf(dir) }, 'an apply is cancelled: terraform gets one SIGINT, ever');
    } catch (error) {
      logger.error({ reason: messageOf(error) }, 'an apply could not be cancelled; it goes on');
    }
  }
}

/** Waits for the pid line; null where the engine ended before, or never was. */
async function recordOf(dir: string, clock: Clock, ended: AbortSignal): Promise<EngineRecord | null> {
  for (let pauseMs = 5; !ended.aborted; pauseMs = Math.min(500, pauseMs * 2)) {
    const verdict = judge(await observe(dir));
    if ('record' in verdict) return verdict.record;
    if (verdict.kind === 'never_started') return null;
    await sleep(clock, pauseMs, ended);
  }
  return null;
}

function abortOf(...signals: readonly AbortSignal[]): Promise<void> {
  const either = AbortSignal.any([...signals]);
  if (either.aborted) return Promise.resolve();
  return new Promise((resolve) => either.addEventListener('abort', () => resolve(), { once: true }));
}
