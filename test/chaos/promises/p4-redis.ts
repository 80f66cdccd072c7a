import { setTimeout as sleep } from 'node:timers/promises';
import { findBinary } from '../../support/find-binary.ts';
import { until } from '../../support/until.ts';
import { BreakableRedis } from '../harness/breakable-redis.ts';
import type { ChaosPromise, Schedule, Verdict } from '../harness/chaos-promise.ts';
import { ProbedInstance } from '../harness/probed-instance.ts';
import { REDIS_FAULTS } from './p4-faults.ts';

const STACKS = 4;
const CANARY = 's5';
const BACK_MS = 30_000;
const PATIENCE_MS = 90_000;
/** The usual sweep: how soon work goes on is measured with it; but for a few faults, which are for `npm test`. */
const TIMERS = { lease: '30s', heartbeat: '1s', sweep: '15s', drain: '5s' };
const FEW = 3;

/** Faults of Redis while plans and applies are queued and under way. */
export const redisFaults: ChaosPromise = {
  id: 'P4',
  title: 'Redis may vanish at any time: no run is lost, none runs twice, work goes on within 30 s',
  unit: 'faults',
  defaultCount: 30,
  quickCount: 1,
  atOnce: 1,
  patienceMs: 240_000,
  missing: () =>
    ['redis-server', 'terraform'].find((name) => findBinary(name) === null)?.concat(' is not on PATH') ?? null,
  async open({ dir, count }) {
    const redis = await BreakableRedis.open(dir);
    const probed = await ProbedInstance.open({
      ...{ stacks: STACKS + 1, planS: 0.2, applyS: 0.3 },
      config: {
        redis_url: redis.url,
        workers: { count: 2, concurrency: 1 },
        // A check by schedule would be a plan that nobody asked for.
        drift: { every: '7d' },
        ...(count > FEW ? { timers: TIMERS } : {}),
      },
      start: (instance) => instance.start('up'),
    });
    return {
      run: (schedule) =>
        breakRedis(probed, redis, schedule).catch((error: Error) => {
          const evidence = `${error.stack}\n${probed.instance.log().slice(-20_000)}`;
          return { held: false, why: error.message, evidence };
        }),
      broken: async () => [...probed.broken(), ...probed.plannedTwice()],
      async close() {
        await probed.instance.remove();
        await redis.kill();
      },
    };
  },
};

async function breakRedis(probed: ProbedInstance, redis: BreakableRedis, schedule: Schedule): Promise<Verdict> {
  const { next, seed } = schedule;
  const fault = REDIS_FAULTS[seed % REDIS_FAULTS.length];
  if (!fault) throw new Error('there are faults');
  const [delayMs, awayMs] = [next() * 2500, 500 + next() ** 3 * 15_000];
  const stacks = probed.stacks.slice(0, STACKS);
  const before = new Map(stacks.map((stack) => [stack, probed.ledger(stack).length]));
  const plansBefore = probed.engine.begun('plan').length;
  const runs = await Promise.all(stacks.map((stack) => probed.plan(stack)));
  const ends = Promise.all(runs.map(({ id }) => probed.applyToEnd(id, PATIENCE_MS)));
  ends.catch(() => {});
  await sleep(delayMs);
  await fault.strike(redis);
  await sleep(fault.mend ? awayMs : 0);
  await fault.mend?.(redis);
  const mended = performance.now();
  const canary = await probed.plan(CANARY);
  const isPlanned = async () => ((await probed.instance.run(canary.id)).status === 'awaiting_approval' ? true : null);
  const backMs = await until(isPlanned, PATIENCE_MS, 100).then(
    () => performance.now() - mended,
    () => PATIENCE_MS,
  );
  const wrong: string[] = [];
  for (const end of await ends)
    if (end.status !== 'applied') wrong.push(`run ${end.id} of ${end.stack} is ${end.status}`);
  if (backMs > BACK_MS) wrong.push(`${(backMs / 1000).toFixed(1)} s until work went on`);
  for (const stack of stacks) {
    const lines = probed.ledger(stack).slice(before.get(stack));
    if (lines.join() !== 'began,ended') wrong.push(`${stack} was applied so: ${lines.join()}`);
  }
  const plans = probed.engine.begun('plan').slice(plansBefore);
  if (new Set(plans).size !== STACKS + 1 || plans.length !== STACKS + 1) wrong.push(`planned: ${plans.join()}`);
  await probed.discard(canary.id);
  const measures = { [`back ms (${fault.name})`]: Math.round(backMs) };
  if (wrong.length === 0) return { held: true, measures };
  const evidence = [`${fault.name} after ${delayMs} ms, for ${awayMs} ms`, ...wrong, probed.warnings()].join('\n');
  return { held: false, why: `${fault.name}: ${wrong[0]}`, evidence, measures };
}
