import { mkdir, realpath } from 'node:fs/promises';
import { isAbsolute } from 'node:path';
import type { HelloResponse } from '../src/features/execution/protocol.ts';
import type { Clock } from '../src/kernel/clock.ts';
import { HoldfastError, messageOf } from '../src/kernel/errors.ts';
import type { Logger } from '../src/kernel/logger.ts';
import { hearStrayRejections } from '../src/platform/process/stray-rejections.ts';
import { judgeSurroundings, readSurroundings } from '../src/platform/process/surroundings.ts';
import { onSupervisorGone, receiveStart } from '../src/platform/process/worker-channel.ts';
import { WorkerQueue } from '../src/platform/queue/worker-queue.ts';
import type { JobQueue } from './job-loop.ts';
import type { PipelineStep } from './pipeline.ts';
import { createLogRenderer } from './plan/log-renderer.ts';
import { type RootLock, takeRoot } from './root-lock.ts';
import { Worker, type WorkerParts } from './worker.ts';

/** Where a worker belongs; with `parent: 'ipc'` the supervisor says so instead. */
interface WorkerPlace {
  readonly server: string;
  readonly secret: string;
  readonly root: string;
  readonly name?: string;
  /** Plans at a time; default 2. */
  readonly concurrency?: number;
}

export interface StartWorkerOptions extends Partial<WorkerPlace> {
  /** The worker's own environment: what `environment[].pass` takes from. */
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly logger: Logger;
  readonly clock: Clock;
  readonly version: string;
  /** `ipc`: started by `superviseWorkers`; ends at once, touching no run, when its supervisor is gone. */
  readonly parent?: 'ipc';
  /**
   * A drain waits for applies, however long they take: where their processes end with this one (PID 1 of a container, or a
   * service manager that kills the group). Default: what can be known of that (`surroundings.ts`).
   */
  readonly staysForApplies?: boolean;
  /** Default: ends the process. */
  readonly exit?: (code: number) => void;
  /** For tests, as all that follow. */
  readonly steps?: readonly PipelineStep[];
  readonly openQueue?: WorkerParts['openQueue'];
  readonly pauses?: NonNullable<WorkerParts['pauses']>;
  readonly outputLimitBytes?: number;
}

/** A worker that runs. */
export interface RunningWorker {
  /** Drains, lets go of the root; what still runs then is adopted by the next life. */
  stop(): Promise<void>;
}

const ROOT_WAIT_MS = 60_000;

/**
 * Starts the worker of this process; SIGTERM and SIGINT drain it and end the process. Throws `busy` where a living worker
 * keeps the root for a minute, and what the control plane's refusal of a hello says.
 */
export async function startWorker(options: StartWorkerOptions): Promise<RunningWorker> {
  const exit = options.exit ?? process.exit;
  // Nothing else keeps a process alive whose control plane and Redis are away.
  const alive = setInterval(() => {}, 2 ** 30);
  const forget = hearStrayRejections(options.logger);
  if (options.parent === 'ipc') onSupervisorGone(() => exit(0));
  const place = options.parent === 'ipc' ? await receiveStart() : placeOf(options);
  await mkdir(place.root, { recursive: true, mode: 0o700 });
  const root = await realpath(place.root);
  const lock = await lockRoot(root, options);
  const { env, logger, clock, version } = options;
  const staysForApplies = await staysFor(options, place);
  let steps = options.steps;
  const worker = new Worker({
    server: place.server,
    secret: place.secret,
    ...(place.name === undefined ? {} : { name: place.name }),
    concurrency: place.concurrency ?? 2,
    root,
    env,
    logger,
    clock,
    version,
    loadSteps: async () => {
      // With the first run: an idle worker stays small. Asked for again, an import costs a third of a millisecond.
      steps ??= (await import('./plan-steps.ts')).planSteps;
      return steps;
    },
    createRenderer: (mask) => createLogRenderer({ mask }),
    openQueue: options.openQueue ?? ((hello) => openQueue(hello, options)),
    staysForApplies,
    ...(options.pauses ? { pauses: options.pauses } : {}),
    ...(options.outputLimitBytes ? { outputLimitBytes: options.outputLimitBytes } : {}),
  });
  let stopped: Promise<void> | null = null;
  const stop = () => {
    stopped ??= worker.drain().finally(() => {
      clearInterval(alive);
      forget();
      lock.release();
    });
    return stopped;
  };
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.once(signal, () => {
      logger.info({ signal }, 'worker drains');
      stop().then(
        () => exit(0),
        () => exit(1),
      );
    });
  }
  try {
    await worker.start();
  } catch (error) {
    // Told to stop while it still asked for admission: nothing went wrong.
    if (stopped === null) {
      await stop();
      throw error;
    }
  }
  return { stop };
}

/** Under a supervisor its word counts: what ends it, ends us. */
async function staysFor(options: StartWorkerOptions, place: WorkerPlace | { staysForApplies?: boolean | undefined }) {
  if (options.staysForApplies !== undefined) return options.staysForApplies;
  if (options.parent === 'ipc') return 'staysForApplies' in place && place.staysForApplies === true;
  const { kind, unit, staysForApplies } = judgeSurroundings(await readSurroundings());
  if (staysForApplies) options.logger.warn({ kind, unit }, 'applies end with this process: a drain waits for them');
  return staysForApplies;
}

function placeOf(options: StartWorkerOptions): WorkerPlace {
  const { server, secret, root } = options;
  if (!server || !secret || !root) throw new HoldfastError('invalid', 'a worker needs a server, a secret and a root');
  if (!isAbsolute(root))
    throw new HoldfastError('invalid', `the worker's root must be an absolute path, got "${root}"`);
  return { ...options, server, secret, root };
}

async function lockRoot(root: string, options: StartWorkerOptions): Promise<RootLock> {
  const { clock, logger } = options;
  const onWait = (holder: number) => logger.info({ root, holder }, 'waiting for the worker that still holds the root');
  const onFull = (error: unknown) =>
    logger.error({ root, reason: messageOf(error) }, 'the disk under the root is full: the worker waits for room');
  const lock = await takeRoot({ root, clock, waitMs: ROOT_WAIT_MS, onWait, onFull });
  process.once('exit', () => lock.release());
  return lock;
}

function openQueue(hello: HelloResponse, options: StartWorkerOptions): JobQueue {
  const { clock, logger } = options;
  return new WorkerQueue({ url: hello.redis_url, prefix: hello.redis_prefix, clock, logger });
}
