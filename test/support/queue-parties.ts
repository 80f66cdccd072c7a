import { type ChildProcess, spawn } from 'node:child_process';
import { createServer } from 'node:net';
import { systemClock } from '../../src/kernel/clock.ts';
import { silentLogger } from '../../src/kernel/logger.ts';
import type { Consumption } from '../../src/platform/queue/consumption.ts';
import { type Doorbell, openDoorbell } from '../../src/platform/queue/doorbell.ts';
import { queuePrefix, type Ring, ringForRun } from '../../src/platform/queue/queue-catalogue.ts';
import { probeRedis } from '../../src/platform/queue/redis-connection.ts';
import { WorkerQueue } from '../../src/platform/queue/worker-queue.ts';
import { until } from './until.ts';

/** A producer and a consumer of one queue, with what the consumer got. */
export interface QueueParties {
  readonly doorbell: Doorbell;
  readonly workers: WorkerQueue;
  readonly plans: Consumption;
  readonly got: string[];
  /** While set, handlers wait for it. */
  hold: Promise<void> | null;
  /** Rings until the run arrives, as the sweep does; how many rings it took. */
  ringUntilGot(run: string): Promise<number>;
  close(): Promise<void>;
}

export function planRing(run: string, attempt = 1): Ring<'plan'> {
  return ringForRun(run, 'plan', attempt);
}

export async function openQueueParties(url: string, concurrency = 2): Promise<QueueParties> {
  const options = { url, prefix: queuePrefix('test'), logger: silentLogger };
  const doorbell = openDoorbell(options);
  const workers = new WorkerQueue({ ...options, clock: systemClock });
  const got: string[] = [];
  const parties: QueueParties = {
    doorbell,
    workers,
    got,
    hold: null,
    plans: workers.consume('plan', {
      concurrency,
      handler: async ({ run }) => {
        got.push(run);
        await parties.hold;
      },
    }),
    async ringUntilGot(run) {
      let rings = 0;
      await until(async () => {
        if (got.includes(run)) return true;
        rings += await doorbell.ring('plan', [planRing(run)]);
        return null;
      });
      return rings;
    },
    async close() {
      await workers.close();
      await doorbell.close();
    },
  };
  await until(() => doorbell.healthy || null);
  return parties;
}

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** A redis-server of the test's own, memory only. */
export async function startRedisServer(binary: string, port: number, dir: string): Promise<ChildProcess> {
  const child = spawn(binary, ['--port', `${port}`, '--bind', '127.0.0.1', '--save', '', '--dir', dir], {
    stdio: 'ignore',
  });
  await until(async () => ((await probeRedis(`redis://127.0.0.1:${port}`)).kind === 'ok' ? true : null));
  return child;
}
