import { until } from '../until.ts';
import { pathWithoutRedis } from './bare-path.ts';
import type { Program } from './program.ts';
import { kill, type TestInstance } from './test-instance.ts';

/** How an instance is put together, and how its parts are killed and come back. */
export interface InstanceShape {
  start(instance: TestInstance): Promise<void>;
  /** kill -9 of the control plane; it is up again when this resolves. */
  killControlPlane(instance: TestInstance): Promise<void>;
  /** kill -9 of one worker; somebody starts it again. */
  killWorker(instance: TestInstance): Promise<void>;
  /** kill -9 of everything but the engines and their shims, at once; it is up again when this resolves. */
  killEverything(instance: TestInstance): Promise<void>;
  /** An orderly end and a new start, as for an update. */
  restart(instance: TestInstance): Promise<void>;
}

/** One `up`: its worker is started again by it. */
export const upShape: InstanceShape = {
  start: async (instance) => void (await instance.start('up')),
  async killControlPlane(instance) {
    await endProgram(instance.programs.at(-1), 'SIGKILL');
    await instance.start('up');
  },
  async killWorker(instance) {
    const isWorker = (command: string) => command.includes('worker --supervised');
    kill(await until(() => instance.processes().find(({ command }) => isWorker(command))?.pid));
  },
  async killEverything(instance) {
    killAllButEngines(instance);
    await instance.programs.at(-1)?.ended;
    await instance.start('up');
  },
  async restart(instance) {
    await endProgram(instance.programs.at(-1), 'SIGTERM');
    await instance.start('up');
  },
};

/** `serve` and two `worker`s, each a program of its own. */
export function apartShape(): InstanceShape {
  let server: Program | undefined;
  let victim: Program | undefined;
  return {
    async start(instance) {
      server = await instance.start('serve');
      [victim] = await Promise.all([instance.startWorker('w1'), instance.startWorker('w2')]);
    },
    async killControlPlane(instance) {
      await endProgram(server, 'SIGKILL');
      server = await instance.start('serve');
    },
    async killWorker(instance) {
      await endProgram(victim, 'SIGKILL');
      victim = await instance.startWorker('w1');
    },
    async killEverything(instance) {
      killAllButEngines(instance);
      await this.start(instance);
    },
    async restart(instance) {
      for (const program of instance.programs) program.signal('SIGTERM');
      await Promise.all(instance.programs.map((program) => program.ended));
      await this.start(instance);
    },
  };
}

/** As `up`, on a machine without redis-server. */
export const wasmShape: InstanceShape = {
  ...upShape,
  start(instance) {
    const [engine] = instance.path.split(':');
    instance.path = `${engine}:${pathWithoutRedis(instance.dir)}`;
    return upShape.start(instance);
  },
};

function killAllButEngines(instance: TestInstance): void {
  const isEngine = (command: string) => /shim\.sh|holdfast-starter|terraform|^sleep /.test(command);
  for (const { pid, command } of instance.processes()) if (!isEngine(command)) kill(pid);
}

async function endProgram(program: Program | undefined, signal: NodeJS.Signals): Promise<void> {
  program?.signal(signal);
  await program?.ended;
}
