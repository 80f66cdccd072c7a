import type { Readable } from 'node:stream';
import type { ApplyOutcomeRequest } from '../../src/features/execution/apply-protocol.ts';
import type { SignalRecord } from '../../src/platform/process/interrupt-apply.ts';
import type { EngineCall, EngineEnd, PipelineContext, PipelineFacts } from '../pipeline.ts';

/** How an apply's process ended; nobody but terraform itself ever ends it. */
export interface ApplyEnd extends Pick<EngineEnd, 'exitCode' | 'outFile' | 'errFile'> {
  readonly evidence: 'exited' | 'vanished' | 'never_started';
  /** Why it never started, for people; null where an earlier life died before it could. */
  readonly startError: string | null;
  /** When it was meant, in ms since the epoch: what changed later was changed by it. */
  readonly meantAt: number;
  readonly signal: SignalRecord;
}

/** Bytes for `PUT runs/{id}/errored-state`. */
export interface ErroredStateBytes {
  readonly stream: Readable;
  readonly size: number;
}

/** What the steps of an apply may use besides what every step may. `signal` aborts before the apply has begun, never after. */
export interface ApplyContext extends PipelineContext {
  readonly facts: ApplyFacts;
  /** Whether the engine was begun, in this life or an earlier one: then it may run, and only its end is waited for. */
  hasBegun(): Promise<boolean>;
  /** Starts the apply and waits for its end; null: only waits for the one that was begun. */
  runApply(call: EngineCall | null): Promise<ApplyEnd>;
  /** The saved plan, as the control plane keeps it. */
  fetchPlan(): Promise<Readable>;
  /** A tar of what the plan made in its working copy; null where it made nothing. */
  fetchMadeFiles(): Promise<Readable | null>;
  /**
   * Hands in a state that could not be saved, `open`ed for each try; resolves when it is stored. Throws an error that is not to
   * be tried again where it is refused.
   */
  sendErroredState(open: () => ErroredStateBytes): Promise<void>;
}

export interface ApplyFacts extends PipelineFacts {
  applyEnd?: ApplyEnd;
  applyOutcome?: ApplyOutcomeRequest;
}

/** One named step of an apply; every step of a plan that needs no plan is one, too. */
export interface ApplyStep {
  readonly name: string;
  run(context: ApplyContext): Promise<'next' | 'done'>;
}

/** What an apply does, and what is left of it to do where an earlier life began the engine. */
export interface ApplySteps {
  readonly whole: readonly ApplyStep[];
  readonly begun: readonly ApplyStep[];
}
