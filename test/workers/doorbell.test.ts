import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../src/kernel/clock.ts';
import { silentLogger } from '../../src/kernel/logger.ts';
import { systemRandom } from '../../src/kernel/random.ts';
import { type Doorbell, openDoorbell } from '../../src/platform/queue/doorbell.ts';
import { type EmbeddedRedis, startEmbeddedRedis } from '../../src/platform/queue/embedded-redis.ts';
import { ringForRun } from '../../src/platform/queue/queue-catalogue.ts';
import { until } from '../support/until.ts';
import { endOf, WorkerRig } from '../support/worker-rig.ts';

let rig: WorkerRig;
const closing: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
  await rig.stop();
});

/** An embedded Redis and its doorbell, told to the workers with their next hello. */
async function withRedis(name: string): Promise<{ redis: EmbeddedRedis; doorbell: Doorbell }> {
  const shared = { clock: systemClock, random: systemRandom, logger: silentLogger };
  const redis = await startEmbeddedRedis({ ...shared, dataDir: join(rig.dir, name), searchPath: '/usr/bin:/bin' });
  const prefix = '{fake}';
  const doorbell = openDoorbell({ url: redis.url, prefix, logger: silentLogger });
  closing.push(
    () => redis.stop(),
    () => doorbell.close(),
  );
  rig.plane.hello = { ...rig.plane.hello, redis_url: redis.url, redis_prefix: prefix };
  await until(() => doorbell.healthy || null);
  return { redis, doorbell };
}

function queueAndRing(doorbell: Doorbell, runs: readonly string[]) {
  for (const run of runs) rig.plane.queue(run);
  return doorbell.ring(
    'plan',
    runs.map((run) => ringForRun(run, 'plan', 0)),
  );
}

describe('a worker at the real doorbell', () => {
  it('claims what rings, once each, and what rings for nothing claims nothing', async () => {
    rig = await WorkerRig.start('exit 0');
    const { doorbell } = await withRedis('redis');
    await rig.work({ isRung: true });
    const runs = Array.from({ length: 6 }, (_, n) => `r${n}`);
    await queueAndRing(doorbell, runs);
    await doorbell.ring('plan', [ringForRun('forged', 'plan', 7), ringForRun('r0', 'plan', 9)]);
    await until(() => rig.plane.outcomes.length === 6 || null);
    await until(async () => ((await doorbell.depth('plan'))?.active === 0 ? true : null));
    expect(rig.plane.outcomes.map((outcome) => outcome.run).sort()).toEqual(runs);
    expect(new Set(rig.plane.outcomes.map((outcome) => outcome.attempt))).toEqual(new Set([1]));
  });

  it('lets an adopted run take its place without a job', async () => {
    rig = await WorkerRig.start('while [ ! -e $DIR/go ]; do sleep 0.02; done; echo $RUN >>$DIR/side');
    const { doorbell } = await withRedis('redis');
    const worker = await rig.work({ isRung: true, concurrency: 1 });
    await queueAndRing(doorbell, ['r1']);
    await rig.engineOf('r1');
    worker.kill('SIGKILL');
    await endOf(worker);
    await rig.work({ isRung: true, concurrency: 1 });
    await queueAndRing(doorbell, ['r2']);
    await until(async () => ((await doorbell.depth('plan'))?.active ? true : null));
    expect(rig.plane.runs.get('r2')?.state).toBe('queued');
    await rig.touch('go');
    await rig.outcomeOf('r2');
    expect(await rig.read('side')).toBe('r1\nr2\n');
  });

  it('moves to the Redis of a control plane that came back with another one, and keeps what it carries', async () => {
    rig = await WorkerRig.start('while [ ! -e $DIR/go ]; do sleep 0.02; done; exit 2');
    const first = await withRedis('first');
    await rig.work({ isRung: true, concurrency: 1 });
    await queueAndRing(first.doorbell, ['r1']);
    await rig.engineOf('r1');
    rig.plane.isAway = true;
    await first.redis.stop();
    await until(() => rig.stderr.includes('heartbeat failed') || null);
    const second = await withRedis('second');
    rig.plane.isAway = false;
    await until(() => rig.plane.hellos[1]);
    await queueAndRing(second.doorbell, ['r2']);
    await rig.touch('go');
    expect(await rig.outcomeOf('r1')).toMatchObject({ attempt: 1, exit_code: 2 });
    expect(await rig.outcomeOf('r2')).toMatchObject({ attempt: 1, exit_code: 2 });
  });
});
