import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Clock, sleep } from '../../src/kernel/clock.ts';
import { HoldfastError, messageOf } from '../../src/kernel/errors.ts';
import type { Logger } from '../../src/kernel/logger.ts';
import { createCallDirectory, readIntent, readOrNull } from '../../src/platform/process/call-directory.ts';
import { waitForEnd } from '../../src/platform/process/engine-end.ts';
import type { EngineStarters, StartedEngine } from '../../src/platform/process/engine-starter.ts';
import type { EndVerdict, EngineRecord } from '../../src/platform/process/process-evidence.ts';
import { callName, type RunDirectory } from '../../src/platform/process/run-directory.ts';
import { endSession, stopPlan } from '../../src/platform/process/stop-plan.ts';
import type { EngineCall, EngineEnd } from '../pipeline.ts';
import {
  type EngineLimits,
  type EngineUse,
  FIRST_LOOK_MS,
  measureUse,
  nextLookMs,
  passedLimit,
  type StopReason,
} from './engine-limits.ts';

export interface EngineRunnerOptions {
  readonly directory: RunDirectory;
  readonly attempt: number;
  readonly limits: EngineLimits;
  readonly starters: EngineStarters;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Aborted when the run is to end. */
  readonly signal: AbortSignal;
  /** A call begins (or is found): its folder, and a signal that aborts when it has ended. */
  readonly onCall: (call: EngineCall, name: string, ended: AbortSignal) => void;
}

/** A reason, lest each abort makes an exception with a stack that nobody reads. */
const OVER = 'the call has ended';

/** Runs a plan's engine processes through the shim, or finds them running or ended in the run directory. */
export class EngineRunner {
  readonly #options: EngineRunnerOptions;
  readonly #made = new Map<string, number>();
  readonly #stopped = new Map<string, StopReason>();

  constructor(options: EngineRunnerOptions) {
    this.#options = options;
  }

  /** Resolves with the end of the call, whatever it was. Throws `engine` where nothing could be started. */
  async run(call: EngineCall): Promise<EngineEnd> {
    const nth = (this.#made.get(call.label) ?? 0) + 1;
    this.#made.set(call.label, nth);
    const name = callName(call.label, nth);
    const dir = join(this.#options.directory.path, name);
    const found = await readIntent(dir);
    if (!found && this.#options.signal.aborted) return { ...filesOf(dir), exitCode: null, stopped: 'canceled' };
    const started = found ? null : await this.#start(dir, call);
    let isSpent = true;
    try {
      const since = found?.at ?? this.#options.clock.now();
      const verdict = await this.#attend(dir, call, name, { shimEnded: started?.ended, since });
      // It was meant by an earlier life, or told to a shim, that died: its folder is spent, since a late shim may still look there.
      if (verdict.kind === 'never_started' && (!started || started.hasLostStarter())) return await this.run(call);
      if (verdict.kind === 'never_started') throw await startError(call, dir, started?.ended);
      const stopped = this.#stopped.get(dir) ?? ((await readOrNull(join(dir, 'stopped'))) as StopReason | '' | null);
      const exitCode = verdict.kind === 'exited' ? verdict.exitCode : null;
      isSpent = Boolean(stopped) || exitCode === null || exitCode > 128;
      if (isSpent) this.#sweep(dir, verdict.record);
      return { ...filesOf(dir), exitCode, stopped: stopped || null };
    } finally {
      started?.release(isSpent);
    }
  }

  async #start(dir: string, call: EngineCall): Promise<StartedEngine> {
    const { directory, attempt, clock } = this.#options;
    const { label, binary, args, cwd } = call;
    const intent = { run: directory.run, attempt, label, binary, args, cwd, at: clock.now() };
    // A plan need not survive a power cut: it is made again.
    await createCallDirectory(dir, intent, label === 'apply');
    return this.#options.starters.start(dir, call);
  }

  async #attend(dir: string, call: EngineCall, name: string, from: Since): Promise<EndVerdict> {
    const { clock, logger } = this.#options;
    const ended = new AbortController();
    this.#options.onCall(call, name, ended.signal);
    const guarded = this.#guard(dir, from.since, ended.signal).catch((error) => {
      logger.error({ call: name, reason: messageOf(error) }, 'limits of an engine are not watched');
    });
    try {
      return await waitForEnd(dir, clock, from.shimEnded);
    } finally {
      ended.abort(OVER);
      await guarded;
    }
  }

  /** Ends the engine when its run is to end or a limit is passed. */
  async #guard(dir: string, since: number, ended: AbortSignal): Promise<void> {
    const { clock, limits, signal, logger } = this.#options;
    let before: EngineUse | null = null;
    if (!signal.aborted) await sleep(clock, FIRST_LOOK_MS, ended, signal);
    while (!ended.aborted) {
      const use: EngineUse | null = signal.aborted ? null : measureUse(dir, clock.now() - since);
      const reason = use === null ? 'canceled' : passedLimit(use, limits);
      if (reason && !ended.aborted) {
        this.#stopped.set(dir, reason);
        // For the next life; a full disk, which may be the reason, must not keep us from it.
        await writeFile(join(dir, 'stopped'), reason, { mode: 0o600 }).catch(() => {});
        logger.info({ reason, call: dir }, 'ending an engine');
        return stopPlan({ dir, clock, ended });
      }
      await sleep(clock, nextLookMs(before, use, limits), ended, signal);
      before = use;
    }
  }

  #sweep(dir: string, record: EngineRecord): void {
    const count = endSession(dir, record);
    if (count > 0) this.#options.logger.info({ count }, 'ended what a dead engine left behind');
  }
}

interface Since {
  readonly shimEnded: Promise<void> | undefined;
  readonly since: number;
}

function filesOf(dir: string): { outFile: string; errFile: string } {
  return { outFile: join(dir, 'out'), errFile: join(dir, 'err') };
}

/** Why a call of ours was never started: the spawn failed, or what the shim said. */
export async function startError(call: EngineCall, dir: string, shimEnded: Promise<void> | undefined): Promise<Error> {
  try {
    await shimEnded;
  } catch (error) {
    if (error instanceof Error) return error;
  }
  const said = (await readOrNull(join(dir, 'err')).catch(() => null))?.trim().slice(0, 500);
  return new HoldfastError(
    'engine',
    `${call.binary} was not started: ${said || 'its run directory cannot be written'}`,
  );
}
