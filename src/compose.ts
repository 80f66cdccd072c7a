import { buildApp } from './api/app.ts';
import { addressesOf } from './compose/addresses.ts';
import { createApplySide } from './compose/apply-side.ts';
import { createDecisionSide } from './compose/decision-side.ts';
import { createDependencySide, createDependencyWaits } from './compose/dependency-side.ts';
import { createDriftSide, createDriftWatch } from './compose/drift-side.ts';
import { createExecutionSide, createRunArtifacts } from './compose/execution-side.ts';
import { createGraphSide } from './compose/graph-side.ts';
import { lookAtHealth } from './compose/health.ts';
import { healthSources } from './compose/health-sources.ts';
import { createInputs } from './compose/input-side.ts';
import { announce, retract } from './compose/instance.ts';
import { logReader } from './compose/keeping.ts';
import { createLogger } from './compose/logger.ts';
import { createHeadReader, createRunRequester } from './compose/manual-runs.ts';
import { createMetrics } from './compose/metrics.ts';
import { createMounts, STATE_BYTES } from './compose/mounts.ts';
import { createNameDesk } from './compose/name-side.ts';
import { createNotices } from './compose/notices.ts';
import { createNotificationSide } from './compose/notification-side.ts';
import { type Base, openBase } from './compose/open-base.ts';
import { both, claimableOf, openQueueSide, startSweeping } from './compose/queue-side.ts';
import { createReaders, isAlive } from './compose/readers.ts';
import { createRepoSide } from './compose/repo-side.ts';
import { createRetention } from './compose/retention-side.ts';
import { Stopper } from './compose/stopper.ts';
import { createSynthSide } from './compose/synth-side.ts';
import { startWorkers } from './compose/worker-side.ts';
import type { Environment } from './config/environment.ts';
import type { ServerConfig } from './config/server-config.ts';
import { environmentFor } from './config/stack-environment.ts';
import { RecentPlans } from './features/drift/index.ts';
import { DocumentPlanKeeper, SqlWorkerStore } from './features/execution/index.ts';
import { PlanExcerpts } from './features/notifications/index.ts';
import { SqlRepoStore } from './features/repos/index.ts';
import {
  DestroyPlanner,
  HeadRunPlanner,
  RunDoor,
  RunService,
  SqlRunStore,
  StackLife,
  sqlStackMarks,
} from './features/runs/index.ts';
import { createStateBackend } from './features/state/index.ts';
import { systemClock } from './kernel/clock.ts';
import { systemRandom } from './kernel/random.ts';
import { VERSION } from './kernel/version.ts';
import { post } from './platform/http/post.ts';

export interface StartServer {
  /** `up`: with workers as child processes; `serve`: without. */
  readonly mode: 'up' | 'serve';
  readonly config: ServerConfig;
  readonly env: Environment;
}

/** A control plane that runs. */
export interface RunningServer {
  readonly address: string;
  readonly closed: Promise<void>;
  /** Drains and ends. Idempotent. */
  stop(): Promise<void>;
}

/** Starts a control plane; whatever it opened is closed again where it cannot. */
export async function startServer(start: StartServer): Promise<RunningServer> {
  const logger = createLogger({
    level: start.env.HOLDFAST_LOG_LEVEL ?? 'info',
    isTerminal: process.stderr.isTTY === true,
  });
  const stopper = new Stopper(logger);
  try {
    const base = await openBase({ ...start, clock: systemClock, random: systemRandom, logger });
    stopper.add('port', () => base.gate.close());
    stopper.add('database', () => base.db.destroy());
    const address = await startParts(start, base, stopper);
    return { address, closed: stopper.closed, stop: () => stopper.stop() };
  } catch (error) {
    await stopper.stop();
    throw error;
  }
}

/** Builds everything over the base, opens the gate and starts the loops. What is added last stops first. */
async function startParts({ mode, config, env }: StartServer, base: Base, stopper: Stopper): Promise<string> {
  const { db, clock, random, logger, keeping, gate, instance } = base;
  const addresses = addressesOf(config, gate.port, mode);
  const shared = { db, config, env, clock, random, logger };

  const runs = new SqlRunStore(db);
  const repositories = new SqlRepoStore(db);
  const workerRows = new SqlWorkerStore(db);
  const plans = new PlanExcerpts(new RecentPlans(new DocumentPlanKeeper(keeping.plans)));
  const ring = () => void queue.doorbell.ring();
  const liveWorkerRows = async () =>
    (await workerRows.listWorkers()).filter((row) => isAlive(row.seen_at, clock.now(), config.timers.leaseMs));
  const liveWorkers = async () => (await liveWorkerRows()).length;
  const notifications = createNotificationSide({
    ...shared,
    excerpts: plans,
    external: () => addresses.external,
    post,
  });
  const metrics = createMetrics(VERSION, {
    runsByStatus: () => runs.countByStatus(),
    queueDepth: () => queue.bell.depth('plan'),
    liveWorkers,
    notificationsByStatus: () => notifications.store.countByStatus(),
  });
  const news = notifications.news;
  const needs = createDependencyWaits(clock);
  const notices = createNotices({ news, ...shared });
  const late = () => ({ replanner: decisions.replanner, headOf, state });
  const following = createDependencySide({ ...shared, waits: needs.waits, notices, runs, plans, late, ring });
  const drifting = createDriftWatch({ ...shared, plans, news, door: () => door });
  const door: RunDoor = new RunDoor(runs, clock, [
    notifications.listener,
    metrics.listener,
    new StackLife(sqlStackMarks),
    drifting.watch,
    needs.waits,
    following.follower,
  ]);
  const making = { store: runs, door, clock, random };
  const destroys = new DestroyPlanner({ ...making, marks: sqlStackMarks });
  const planner = new HeadRunPlanner({ ...making, destroys, ring });
  const service = new RunService({ db, store: runs, door, clock, random, ring });
  const state = createStateBackend({
    db,
    artifacts: keeping.artifacts,
    ...{ clock, random, log: logger },
    keepVersions: config.retention.states,
    maxBytes: STATE_BYTES,
    baseUrl: () => addresses.worker,
  });
  const repos = await createRepoSide({ ...shared, store: repositories });
  stopper.add('mirrors', () => repos.mirrors.close());
  const synths = await createSynthSide({
    ...{ ...shared, keeping, repositories, notices, ring, sources: repos.sources },
    hint: (repository) => watcher.hint(repository),
  });
  const graph = createGraphSide({
    ...shared,
    ...{ repositories, mirrors: repos.mirrors, planner, notices, dependencies: needs.ofHeads },
    overlay: synths.overlay,
  });
  stopper.add('parser', () => graph.close());
  const artifacts = createRunArtifacts({ ...shared, keeping });
  const heads = { stacks: graph.stacks, repositories, changes: graph.changes, mirrors: repos.mirrors };
  const headOf = createHeadReader(heads);
  const inputs = createInputs({ ...shared, state, keeping, artifacts, runs, door });
  const decisions = createDecisionSide({
    ...shared,
    ...{ runs, door, state, ring, headOf, inputs },
    isPlanKept: (tx, run, digest) => artifacts.isPlanKept(tx, run, digest),
  });
  const applies = createApplySide({
    ...shared,
    ...{ runs, door, state, ring, artifacts, decisions, headOf, heads, workers: workerRows, notifications },
  });
  const drift = createDriftSide({
    ...shared,
    ...{ drift: drifting, news, runs, door, ring, world: decisions.world, auto: applies.auto },
    keep: (repository, commit) => repos.mirrors.keepCommit(repository, commit),
  });
  const queue = await openQueueSide({
    redisUrl: config.redisUrl?.reveal() ?? null,
    dataDir: config.dataDir,
    searchPath: env.PATH ?? '',
    claimable: claimableOf(runs, synths.desk, applies.claims),
    slots: async () => (await liveWorkerRows()).reduce((sum, { concurrency }) => sum + concurrency, 0),
    ...{ instance, clock, random, logger },
  });
  stopper.add('queue', () => queue.stop());
  const execution = createExecutionSide({
    ...shared,
    ...{ runs, door, keeping, state, plans, ring, instance, ringAgain: () => void queue.doorbell.ringAgain() },
    ringAfresh: () => void queue.doorbell.ringAfresh(),
    isQueueFirst: () => queue.doorbell.hasSyntheses,
    ...{ artifacts, applies, workers: workerRows, auto: drift.auto, inputs },
    sources: synths.sources,
    environmentFor: (stack) => environmentFor(stack, config.environment),
    secret: base.workerSecret,
    redis: { url: queue.url, prefix: queue.prefix },
  });
  const watcher = repos.watch(graph.changes);
  const sources = { ...shared, instance, repositories, queue, liveWorkers, isStopping: () => stopper.isStopping };
  const app = await buildApp(
    {
      ...{ clock, logger, version: VERSION, tokens: base.tokens, runs: service, runStore: runs, plans },
      logs: logReader(keeping.logs),
      states: state.history,
      erroredStates: applies.errored,
      readers: createReaders({
        ...{ db, clock, leaseMs: config.timers.leaseMs, stacks: graph.stacks, repositories, runs },
        workers: workerRows,
        ...{ notifications: notifications.store, apps: synths.apps },
      }),
      requestRun: createRunRequester({
        ...heads,
        ...{ db, runs: service, runStore: runs, marks: sqlStackMarks, check: drift.check },
      }),
      waiting: decisions.waiting,
      planExpiresMs: config.applies.planExpiresMs,
      applies: {
        approve: (run, digest, actor) => decisions.approvals.approve(run, digest, actor),
        retry: (run, actor) => decisions.approvals.retry(run, actor),
        unblock: (stack, reason, actor) => decisions.blocks.unblock(stack, reason, actor),
      },
      freeze: decisions.freeze,
      names: createNameDesk({ ...{ db, clock, logger, destroys, headOf, ring }, runs: service }),
      ...{ locks: applies.locks, apps: synths.appPort },
      drift: drift.port,
      testChannel: (channel) => notifications.tester.test(channel),
      health: () => lookAtHealth(healthSources({ ...sources, notifications: notifications.store })),
      metrics: () => metrics.text(),
    },
    createMounts({
      ...{ ...shared, state, execution: execution.deps, tokens: base.tokens, synths: synths.desk },
      hint: (repository) => watcher.hint(repository),
    }),
  );
  stopper.add('api', () => app.close());
  gate.open((request, response) => app.routing(request, response));
  await announce(config.dataDir, { address: addresses.local, version: VERSION, instance }, clock);
  stopper.add('announcement', async () => retract(config.dataDir));

  await notifications.delivery.start();
  stopper.add('notifications', () => notifications.delivery.stop());
  const retention = createRetention({ ...shared, ...repos, keeping, artifacts, state, synths: synths.retention });
  retention.start();
  stopper.add('retention', async () => retention.stop());
  const sweep = both(both(execution.sweep, following.sweep), synths.desk);
  const { sweepMs } = config.timers;
  const stopSweeping = startSweeping({ sweep, doorbell: queue.doorbell, clock, logger, sweepMs });
  stopper.add('sweep', async () => stopSweeping());
  if (mode === 'up') {
    const workers = await startWorkers({ ...shared, server: addresses.worker, secret: base.workerSecret });
    stopper.add('workers', () => workers.stop());
  }
  drift.loop.start();
  stopper.add('drift', () => drift.loop.stop());
  await watcher.start();
  stopper.add('watcher', () => watcher.stop());
  logger.info({ address: addresses.local, mode, version: VERSION }, 'holdfast is up');
  return addresses.local;
}
