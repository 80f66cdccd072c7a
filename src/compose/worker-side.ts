import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Environment } from '../config/environment.ts';
import type { ServerConfig } from '../config/server-config.ts';
import type { Clock } from '../kernel/clock.ts';
import type { Logger } from '../kernel/logger.ts';
import { judgeSurroundings, readSurroundings } from '../platform/process/surroundings.ts';
import { superviseWorkers, type WorkerSupervisor } from '../platform/process/worker-supervisor.ts';
import { workerEnvironment } from './worker-environment.ts';

export interface WorkerSideOptions {
  readonly config: ServerConfig;
  readonly env: Environment;
  readonly server: string;
  readonly secret: string;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** What a worker adds to `timers.drain` to say goodbye. */
const GOODBYE_MS = 15_000;

/** Starts the workers of `up`: this very program, in processes of their own, each with a root below data_dir. */
export async function startWorkers(options: WorkerSideOptions): Promise<WorkerSupervisor> {
  const { config, server, secret, clock, logger } = options;
  const { kind, unit, staysForApplies } = judgeSurroundings(await readSurroundings());
  if (staysForApplies) logger.warn({ kind, unit }, 'applies end with this process: a drain waits for them');
  return superviseWorkers({
    count: config.workers.count,
    command: process.execPath,
    // A young generation of half the usual size: less for a process that mostly waits, and no more collecting in one that works.
    args: ['--max-semi-space-size=8', launcherOf(import.meta.url), 'worker', '--supervised'],
    env: workerEnvironment(options.env, config),
    startOf: (nth) => ({
      server,
      secret,
      name: `local-${nth}`,
      root: join(config.dataDir, 'workers', `${nth}`),
      concurrency: config.workers.concurrency,
    }),
    clock,
    logger,
    staysForApplies,
    stopMs: config.timers.drainMs + GOODBYE_MS,
  });
}

/** `bin/holdfast.mjs` of this checkout or package: beside src/ there, above dist/ here. */
function launcherOf(url: string): string {
  const here = fileURLToPath(url);
  const depth = here.includes('/dist/src/compose/') ? '../../../bin/holdfast.mjs' : '../../bin/holdfast.mjs';
  return fileURLToPath(new URL(depth, url));
}
