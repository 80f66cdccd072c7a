import type { Assignment, HelloResponse } from '../../src/features/execution/protocol.ts';
import type { Clock } from '../../src/kernel/clock.ts';
import type { Logger } from '../../src/kernel/logger.ts';
import type { EngineStarters } from '../../src/platform/process/engine-starter.ts';
import type { RunDirectory } from '../../src/platform/process/run-directory.ts';
import type { ApplySteps } from '../apply/apply-context.ts';
import type { StrayStates } from '../apply/stray-states.ts';
import type { ApplyClient } from '../control/apply-client.ts';
import type { ControlClient } from '../control/control-client.ts';
import type { RetryOptions } from '../control/retry.ts';
import type { LogRenderer } from '../log/log-shipper.ts';
import type { NextRun } from '../next-run.ts';
import type { PipelineFacts, PipelineStep } from '../pipeline.ts';
import type { WorkingCopies } from '../working-copies.ts';

/** What every run of a worker shares. */
export interface SessionDeps {
  readonly root: string;
  readonly client: ControlClient;
  readonly applies: ApplyClient;
  readonly copies: WorkingCopies;
  readonly strays: StrayStates;
  readonly starters: EngineStarters;
  readonly hello: () => HelloResponse;
  readonly loadSteps: () => Promise<readonly PipelineStep[]>;
  readonly loadApplySteps: () => Promise<ApplySteps>;
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
  /** Asked for with the outcome of a plan; absent: its place is not a slot of its own. */
  readonly next?: NextRun;
}
