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
}

/** One `up`: its worker is started again by it. */
export const upShape: InstanceShape = {
  start: async (instance) => void (await instance.start('up')),
  async killControlPlane(instance) {
    await killProgram(instance.programs.at(-1));
    await instance.start('up');
  },
  async killWorker(instance) {
    const isWorker = (command: string) => command.includes('worker --supervised');
    kill(await until(() => instance.processes().find(({ command }) => isWorker(command))?.pid));
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
      await killProgram(server);
      server = await instance.start('serve');
    },
    async killWorker(instance) {
      await killProgram(victim);
      victim = await instance.startWorker('w1');
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

async function killProgram(program: Program | undefined): Promise<void> {
  program?.signal('SIGKILL');
  await program?.ended;
}
