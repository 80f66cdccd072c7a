import { HoldfastError } from '../../src/kernel/errors.ts';
import type { Logger } from '../../src/kernel/logger.ts';
import { isTaken } from '../control/answer-error.ts';
import { retryForever } from '../control/retry.ts';
import { openRun } from '../run/run-context.ts';
import type { CarriedRun, SessionDeps } from '../run/session-deps.ts';
import { wasCalled } from '../steps/call-evidence.ts';
import type { ApplyContext } from './apply-context.ts';
import { openApplyLog } from './apply-log.ts';
import { APPLY_CALL, ApplyRunner } from './apply-runner.ts';

export interface OpenApplyOptions {
  readonly logger: Logger;
  readonly scratch: string;
  readonly canceled: AbortSignal;
  readonly fenced: AbortSignal;
  /** Somebody else has it, as an answer of the control plane says. */
  readonly onFenced: () => void;
}

/** An apply's context, and the end of its log. */
export interface OpenApply {
  readonly context: ApplyContext;
  /** Whether terraform applies now. */
  isRunning(): boolean;
  /** Resolves when the whole log is stored. */
  finishLog(): Promise<unknown>;
}

/** Opens an apply: its paths, its engine, its part of the run's log. */
export async function openApply(deps: SessionDeps, run: CarriedRun, options: OpenApplyOptions): Promise<OpenApply> {
  const { directory, attempt } = run;
  const { applies, client, clock } = deps;
  const { logger, canceled, fenced } = options;
  const ref = { run: run.assignment.run, attempt };
  const retry = { clock, logger, signal: fenced, ...(deps.pauses ? { pauses: deps.pauses } : {}) };
  const hasBegun = () => wasCalled({ runDir: directory.path }, APPLY_CALL);
  const log = await openApplyLog({
    runDir: directory.path,
    storedBytes: run.adoptedLogSize,
    append: (offset, bytes) => retryForever('log', () => client.appendLog(ref, offset, bytes), retry),
  });
  // What comes before the apply may be ended by us; once it has begun, nothing is.
  const signal = (await hasBegun()) ? neverAborted : AbortSignal.any([canceled, fenced]);
  const open = await openRun(deps, run, { signal, logger, scratch: options.scratch, log });
  const runner = new ApplyRunner({
    directory,
    attempt,
    clock,
    logger,
    canceled,
    onCall: (name, ended) => open.announce(name, ended),
    report: async (process, ended) => {
      const send = () => applies.sendProcess(ref.run, { attempt, ...process });
      await retryForever('process', send, { ...retry, signal: AbortSignal.any([ended, fenced]) }).catch((error) => {
        if (isTaken(error)) options.onFenced();
        throw error;
      });
    },
  });
  const context: ApplyContext = {
    ...open.context,
    hasBegun,
    runApply: (call) => runner.run(call),
    fetchPlan: () => applies.fetch(ref, 'plan'),
    fetchMadeFiles: () => applies.fetch(ref, 'workdir').catch(nothingThere),
    sendErroredState: (bytes) => retryForever('errored-state', () => applies.sendErroredState(ref, bytes()), retry),
  };
  return { context, isRunning: () => runner.isRunning, finishLog: () => open.finishLog() };
}

function nothingThere(error: unknown): null {
  if (error instanceof HoldfastError && error.code === 'not_found') return null;
  throw error;
}

const neverAborted = new AbortController().signal;
