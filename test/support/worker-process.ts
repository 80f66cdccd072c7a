import { systemClock } from '../../src/kernel/clock.ts';
import type { Logger } from '../../src/kernel/logger.ts';
import type { JobQueue } from '../../workers/job-loop.ts';
import { startWorker } from '../../workers/main.ts';
import { SECRET } from './fake-control-plane.ts';
import { stubSteps } from './stub-steps.ts';

/** A worker as a process, with stub steps and a doorbell that rings all the time. Argument: JSON. */
const told = JSON.parse(process.argv[2] ?? '{}') as WorkerProcessOptions;

export interface WorkerProcessOptions {
  server: string;
  root: string;
  engine: string;
  concurrency?: number;
  parent?: 'ipc';
  outputLimitBytes?: number;
  staysForApplies?: boolean;
  /** Hears the real doorbell. */
  isRung?: boolean;
  /** PATH of the engine: the real steps instead of the stubs. */
  path?: string;
}

function ringingQueue(): JobQueue {
  const closing = new AbortController();
  return {
    consume(queue, { concurrency, handler }) {
      const pauseMs = queue === 'apply' ? 100 : 20;
      const loop = async () => {
        while (!closing.signal.aborted) {
          await handler({ run: 'hint' }, closing.signal).catch((error) => console.error(error));
          await new Promise((resolve) => setTimeout(resolve, pauseMs));
        }
      };
      for (let n = 0; n < concurrency; n++) void loop();
    },
    async close() {
      closing.abort();
    },
  };
}

const write = (level: string) => (facts: object, message: string) =>
  console.error(JSON.stringify({ level, ...facts, message }));
const logger: Logger = {
  debug() {},
  info: write('info'),
  warn: write('warn'),
  error: write('error'),
  child: () => logger,
};

await startWorker({
  ...(told.parent ? { parent: told.parent } : { server: told.server, secret: SECRET, root: told.root }),
  name: 'w1',
  concurrency: told.concurrency ?? 2,
  env: { PATH: told.path },
  ...(told.staysForApplies ? { staysForApplies: true } : {}),
  logger,
  clock: systemClock,
  version: '0',
  ...(told.path ? {} : { steps: stubSteps(told.engine) }),
  ...(told.isRung ? {} : { openQueue: ringingQueue }),
  pauses: { firstMs: 20, longestMs: 200 },
  ...(told.outputLimitBytes ? { outputLimitBytes: told.outputLimitBytes } : {}),
});
console.log('ready');
