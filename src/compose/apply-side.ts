import type { ServerConfig } from '../config/server-config.ts';
import {
  ApplyClaims,
  ApplyEnder,
  ApplyOutcomeService,
  ApplyReportService,
  ApplySweep,
  type ArtifactIntake,
  ErroredStates,
  StrayStateService,
  type TellBlocked,
  type WorkerStore,
} from '../features/execution/index.ts';
import { LockDesk } from '../features/locks/index.ts';
import { AutoApply, type HeadOf, type RunDoor, type RunStore, sqlStackMarks } from '../features/runs/index.ts';
import type { StateBackend } from '../features/state/index.ts';
import type { Clock } from '../kernel/clock.ts';
import type { Logger } from '../kernel/logger.ts';
import type { Database } from '../platform/db/open-database.ts';
import { probeProcess, type RecordedProcess } from '../platform/process/process-probe.ts';
import type { DecisionSide } from './decision-side.ts';
import { createForeignLockReader } from './foreign-locks.ts';
import type { StackSources } from './manual-runs.ts';

export interface ApplySideOptions {
  readonly db: Database;
  readonly config: ServerConfig;
  readonly runs: RunStore;
  readonly door: RunDoor;
  readonly workers: WorkerStore;
  readonly state: StateBackend;
  readonly artifacts: ArtifactIntake;
  readonly decisions: DecisionSide;
  readonly headOf: HeadOf;
  readonly heads: StackSources;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly ring: () => void;
  /** Tells people that a stack is blocked. */
  readonly notifications: { readonly listener: { readonly tellBlocked: TellBlocked } };
}

/** Applies on the control plane, put together. */
export interface ApplySide {
  readonly claims: ApplyClaims;
  readonly auto: AutoApply;
  readonly reports: ApplyReportService;
  readonly outcomes: ApplyOutcomeService;
  readonly sweep: ApplySweep;
  readonly locks: LockDesk;
  readonly errored: ErroredStates;
  readonly strays: StrayStateService;
}

/** Claims, reports, ends and locks of applies. */
export function createApplySide(options: ApplySideOptions): ApplySide {
  const { db, config, runs, door, workers, state, artifacts, clock, logger, ring, headOf } = options;
  const { world, replanner, blocks } = options.decisions;
  const { listener } = options.notifications;
  const { leaseMs } = config.timers;
  const marks = sqlStackMarks;
  const shared = { db, runs, door, workers, clock, logger, leaseMs, ring };
  const ender = new ApplyEnder({ door, marks, blocks, clock, state: state.access });
  const claims = new ApplyClaims({ ...shared, world, replanner, headOf, locks: state.locks });
  const { access, locks, resources } = state;
  return {
    claims,
    auto: new AutoApply({ marks, world, isAllowed: (repository) => allowsAutoApply(config, repository) }),
    reports: new ApplyReportService({ ...shared, artifacts, states: state.service }),
    outcomes: new ApplyOutcomeService({
      ...{ ...shared, artifacts, locks, resources, ender, claims, replanner },
      state: access,
    }),
    sweep: new ApplySweep({ ...shared, claims, blocks, ender, probe, startedAt: clock.now() }),
    strays: new StrayStateService({
      ...shared,
      artifacts,
      blocks,
      state: access,
      tell: (...about) => listener.tellBlocked(...about),
    }),
    errored: new ErroredStates({ db, runs, artifacts, states: state.history }),
    locks: new LockDesk({
      ...{ db, locks, runs, probe, clock, leaseMs, ring },
      foreignLock: createForeignLockReader(runs, options.heads, logger),
      giveUp: async (tx, run, actor) => {
        const isOwnState = (await runs.spec(run.spec_digest, tx))?.backend !== 'foreign';
        const reason = `${actor} freed its lock; nobody knows how it ended`;
        await ender.giveUp(tx, run, { actor, reason, isOwnState });
      },
    }),
  };
}

function allowsAutoApply({ repositories }: ServerConfig, repository: string): boolean {
  return repositories.find(({ name }) => name === repository)?.allow.autoApply === true;
}

const probe = (process: string) => probeProcess(JSON.parse(process) as RecordedProcess);
