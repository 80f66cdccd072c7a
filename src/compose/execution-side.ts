import type { ServerConfig } from '../config/server-config.ts';
import { RunArtifacts, sqlArtifactRowStore } from '../features/artifacts/index.ts';
import { RunRemarks, sqlDependencyStore } from '../features/dependencies/index.ts';
import type { NeedsNobody, PlanKeeper } from '../features/execution/index.ts';
import {
  AdoptService,
  ClaimService,
  type EnvironmentFor,
  ERRORED_STATE,
  type ExecutionDeps,
  HeartbeatService,
  type InputSource,
  LeaseSweep,
  NextClaims,
  OutcomeService,
  RunFileService,
  type SourceArchive,
  SqlAdoptionStore,
  UnbegunClaims,
  type WorkerStore,
} from '../features/execution/index.ts';
import type { RunDoor, RunStore } from '../features/runs/index.ts';
import type { StateBackend } from '../features/state/index.ts';
import type { Clock } from '../kernel/clock.ts';
import type { Logger } from '../kernel/logger.ts';
import type { Database } from '../platform/db/open-database.ts';
import type { ApplySide } from './apply-side.ts';
import { type Keeping, logKeeper } from './keeping.ts';
import { OutcomeReader } from './outcome-reader.ts';

/** terraform's plan of 20,000 resources is 345 KB; what is larger than this is no plan. */
const PLAN_BYTES = 2 * 1024 ** 3;
const WORKDIR_BYTES = 100 * 1024 ** 2;
const BYTES: Readonly<Record<string, number>> = { plan: PLAN_BYTES, [ERRORED_STATE]: 512 * 1024 ** 2 };

/** Files that runs leave, kept sealed in data_dir. */
export function createRunArtifacts(
  options: Pick<ExecutionSideOptions, 'db' | 'config' | 'keeping' | 'clock' | 'logger'>,
) {
  const { db, config, keeping, clock, logger } = options;
  return new RunArtifacts({
    db,
    rows: sqlArtifactRowStore,
    artifacts: keeping.artifacts,
    clock,
    log: logger,
    maxBytes: (kind) => BYTES[kind] ?? WORKDIR_BYTES,
    // A state that is stored nowhere else is kept as long as its run.
    keepMs: (kind) => (kind === ERRORED_STATE ? config.retention.runsMs : config.retention.plansMs),
  });
}

export interface ExecutionSideOptions {
  readonly db: Database;
  readonly config: ServerConfig;
  readonly runs: RunStore;
  readonly door: RunDoor;
  readonly keeping: Keeping;
  readonly state: StateBackend;
  readonly sources: SourceArchive;
  readonly environmentFor: EnvironmentFor;
  /** Outputs of other stacks. */
  readonly inputs: InputSource;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly secret: string;
  readonly instance: string;
  readonly redis: { readonly url: string; readonly prefix: string };
  readonly plans: PlanKeeper;
  readonly artifacts: RunArtifacts;
  readonly workers: WorkerStore;
  readonly applies: ApplySide;
  readonly auto: NeedsNobody;
  readonly ring: () => void;
  /** Whether something waits in the queue that slots should hear of before they carry another run. */
  readonly isQueueFirst: () => boolean;
  /** Rings also for what was rung a moment ago. */
  readonly ringAgain: () => void;
  /** And for jobs that a worker died over. */
  readonly ringAfresh: () => void;
}

export interface ExecutionSide {
  readonly deps: ExecutionDeps;
  /** Looks after everything that nobody reports about. */
  readonly sweep: { runOnce(): Promise<number> };
}

/** The server side of the job protocol, put together. */
export function createExecutionSide(options: ExecutionSideOptions): ExecutionSide {
  const { db, config, runs, door, clock, logger, keeping, ring } = options;
  const { leaseMs } = config.timers;
  const { plans, workers, artifacts, applies } = options;
  const shared = { db, runs, door, workers, clock, leaseMs, logger };
  const { access } = options.state;
  const logs = logKeeper(keeping.logs);
  const claims = new ClaimService({
    ...shared,
    state: access,
    environmentFor: options.environmentFor,
    inputs: options.inputs,
    applies: applies.claims,
  });
  const ringSoon = soon(clock, RING_MS, ring);
  const outcomes = new OutcomeService({
    ...{ ...shared, state: access, artifacts, plans, logs, auto: options.auto },
    remarks: new RunRemarks(sqlDependencyStore),
    ring: ringSoon,
  });
  const outcomeReader = new OutcomeReader();
  const files = new RunFileService({ db, runs, sources: options.sources, artifacts, logs });
  const next = new NextClaims({
    ...{ claims, files, logger, ring: ringSoon },
    ringLater: soon(clock, RING_LATER_MS, ring),
    isQueueFirst: options.isQueueFirst,
  });
  const deps: ExecutionDeps = {
    secret: options.secret,
    ringSoon: soon(clock, RING_AGAIN_MS, options.ringAgain),
    claims,
    next,
    hello: async (hello) => {
      const answer = await helloOf(options, workers)(hello);
      // What an earlier life of this worker took from the queue is rung for again.
      options.ringAfresh();
      return answer;
    },
    heartbeats: new HeartbeatService(shared),
    adoptions: new AdoptService({ ...shared, claims, adoptions: new SqlAdoptionStore(), logs }),
    outcomes,
    readLargeOutcome: (bytes) => outcomeReader.read(bytes),
    unbegun: new UnbegunClaims({ ...shared, outcomes, applyOutcomes: applies.outcomes }),
    applyOutcomes: applies.outcomes,
    applyReports: applies.reports,
    strays: applies.strays,
    files,
  };
  const plansSweep = new LeaseSweep({ ...shared, startedAt: clock.now() });
  const runOnce = async () => (await plansSweep.runOnce()) + (await applies.sweep.runOnce());
  return { deps, sweep: { runOnce } };
}

/** After a claim that was answered with nothing: its job is still held, and adding its id again would do nothing. */
const RING_AGAIN_MS = 200;
/** After an outcome: in a long row of runs each would look through all of them. */
const RING_MS = 50;
/** After one that was answered with a run of many: no slot waits for this. */
const RING_LATER_MS = 500;

/** Acts once, a moment after the first of many calls. */
function soon(clock: Clock, delayMs: number, act: () => void): () => void {
  let isComing = false;
  return () => {
    if (isComing) return;
    isComing = true;
    clock.after(delayMs, () => {
      isComing = false;
      act();
    });
  };
}

function helloOf(options: ExecutionSideOptions, workers: WorkerStore): ExecutionDeps['hello'] {
  const { config, clock, logger } = options;
  return async (hello) => {
    const { worker, protocol: _protocol, ...about } = hello;
    await workers.saveWorker({ name: worker, ...about, seen_at: clock.now() });
    logger.info({ worker, host: hello.host, root: hello.root, version: hello.version }, 'a worker said hello');
    return {
      instance: options.instance,
      redis_url: options.redis.url,
      redis_prefix: options.redis.prefix,
      heartbeat_ms: config.timers.heartbeatMs,
      lease_ms: config.timers.leaseMs,
      drain_ms: config.timers.drainMs,
      log_limit_bytes: config.limits.logBytes,
      plan_timeout_ms: config.limits.planTimeoutMs,
      state_retry_ms: config.timers.stateRetryMs,
      engines_dir: config.engines.dir,
      providers_mirror: config.providers.mirror,
    };
  };
}
