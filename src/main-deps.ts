import type { CliDeps, RunningPart, WorkerPlace } from './cli/deps.ts';
import { readEnvironment } from './config/environment.ts';
import { systemClock } from './kernel/clock.ts';
import { VERSION } from './kernel/version.ts';
import { giveBackMemory } from './platform/process/give-back-memory.ts';

/** The real world for the command line. What starts a server or a worker is loaded only when it is called. */
export function createDeps(): CliDeps {
  const env = readEnvironment();
  const ports = async () => (await import('./compose/doctor-ports.ts')).createDoctorPorts(env);
  return {
    version: VERSION,
    env,
    cwd: process.cwd(),
    clock: systemClock,
    stdout: process.stdout,
    stderr: process.stderr,
    fetch,
    ask: process.stdin.isTTY === true && process.stderr.isTTY === true ? ask : null,
    onStopSignal,
    startServer: async (options) => {
      const server = await (await import('./compose.ts')).startServer(options);
      giveBackMemory();
      return server;
    },
    startWorker: (place) => startWorker(place, env),
    demo: async (context, options) => (await import('./compose/demo/run-demo.ts')).runDemo(context, options),
    changed: async (request) =>
      (await import('./compose/changed.ts')).reportChanged(request, { env, clock: systemClock }),
    checkStacks: async (dir, config) =>
      (await import('./compose/check-stacks.ts')).checkStacks(dir, config, systemClock),
    doctor: {
      findProgram: async (name, args, dir) => (await ports()).findProgram(name, args, dir),
      holderOf: async (dataDir) => (await ports()).holderOf(dataDir),
      serviceOf: async (dataDir) => (await ports()).serviceOf(dataDir),
      probeRedis: async (config) => (await ports()).probeRedis(config),
      probeDatabase: async (config) => (await ports()).probeDatabase(config),
      probeRepository: async (repository, config) => (await ports()).probeRepository(repository, config),
    },
  };
}

async function startWorker(place: WorkerPlace | 'supervised', env: CliDeps['env']): Promise<RunningPart> {
  const [workers, { createLogger }] = await Promise.all([import('../workers/main.ts'), import('./compose/logger.ts')]);
  const logger = createLogger({ level: env.HOLDFAST_LOG_LEVEL ?? 'info', isTerminal: process.stderr.isTTY });
  const own = place === 'supervised' ? ({ parent: 'ipc' } as const) : place;
  const worker = await workers.startWorker({ ...own, env, logger, clock: systemClock, version: VERSION });
  giveBackMemory();
  // It ends the process by itself once it has drained.
  const closed = new Promise<void>(() => {});
  return { address: place === 'supervised' ? '' : place.server, closed, stop: () => worker.stop() };
}

/** The question goes to stderr: stdout is for results. Ctrl-C and Ctrl-D answer nothing. */
async function ask(question: string): Promise<string> {
  const { createInterface } = await import('node:readline/promises');
  const lines = createInterface({ input: process.stdin, output: process.stderr });
  try {
    const ended = new Promise<string>((resolve) => lines.once('close', () => resolve('')));
    return await Promise.race([lines.question(question), ended]);
  } finally {
    lines.close();
  }
}

function onStopSignal(listener: (signal: string) => void): () => void {
  const signals = ['SIGINT', 'SIGTERM'] as const;
  for (const signal of signals) process.on(signal, listener);
  return () => {
    for (const signal of signals) process.removeListener(signal, listener);
  };
}
