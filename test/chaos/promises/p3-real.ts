import { setTimeout as sleep } from 'node:timers/promises';
import { findBinary } from '../../support/find-binary.ts';
import type { Program } from '../../support/instance/program.ts';
import { BreakableRedis } from '../harness/breakable-redis.ts';
import type { ChaosPromise, Schedule, Verdict } from '../harness/chaos-promise.ts';
import { ProbedInstance } from '../harness/probed-instance.ts';
import { ForgedJobs, lockOf, tellLate, writeStale } from './p3-forgery.ts';

const LEASE_MS = 3000;
const TIMERS = { lease: `${LEASE_MS}ms`, heartbeat: '300ms', sweep: '500ms', drain: '5s' };
const AT_ONCE = 6;
const PATIENCE_MS = 120_000;

/** What all schedules strike at. */
interface Field {
  readonly probed: ProbedInstance;
  readonly redis: BreakableRedis;
  readonly jobs: ForgedJobs;
  readonly workers: readonly Program[];
}

const FAULTS: readonly (readonly [name: string, strike: (field: Field, run: string) => Promise<unknown>])[] = [
  ['worker 1 paused past its lease', (field) => pause(field, 0)],
  ['worker 2 paused past its lease', (field) => pause(field, 1)],
  ['FLUSHALL', ({ redis }) => redis.tell('FLUSHALL')],
  ['doubled and forged jobs', ({ jobs }, run) => jobs.ring([run, run])],
  ['FLUSHALL, and forged jobs', ({ redis, jobs }, run) => redis.tell('FLUSHALL').then(() => jobs.ring([run]))],
];

/** Plans and applies of two workers, of which one is paused past its lease, amid lost, doubled and forged jobs. */
export const oneApply: ChaosPromise = {
  id: 'P3',
  title: 'At most one apply per stack; who held a stack once cannot write its state',
  unit: 'schedules',
  defaultCount: 200,
  quickCount: 1,
  atOnce: AT_ONCE,
  patienceMs: 240_000,
  missing: () =>
    ['redis-server', 'terraform'].find((name) => findBinary(name) === null)?.concat(' is not on PATH') ?? null,
  async open({ dir }) {
    const redis = await BreakableRedis.open(dir);
    let workers: Program[] = [];
    const probed = await ProbedInstance.open({
      ...{ stacks: AT_ONCE, planS: 0, applyS: 0.5 },
      config: { redis_url: redis.url, timers: TIMERS },
      async start(instance) {
        await instance.start('serve');
        workers = await Promise.all([instance.startWorker('w1', 3), instance.startWorker('w2', 3)]);
      },
    });
    const field: Field = { probed, redis, jobs: await ForgedJobs.open(probed, redis.url), workers };
    const free = [...probed.stacks];
    return {
      async run(schedule) {
        const stack = free.shift() ?? '';
        try {
          return await strike(field, stack, schedule);
        } finally {
          free.push(stack);
        }
      },
      broken: async () => probed.broken(),
      async close() {
        await field.jobs.close();
        await probed.instance.remove();
        await redis.kill();
      },
    };
  },
};

async function strike(field: Field, stack: string, { next }: Schedule): Promise<Verdict> {
  const { probed } = field;
  const before = probed.ledger(stack).length;
  const planned = await probed.plan(stack);
  const end = probed.applyToEnd(planned.id, PATIENCE_MS);
  end.catch(() => {});
  const struck: string[] = [];
  const faults = Array.from({ length: next() < 0.3 ? 2 : 1 }, async () => {
    const [name, act] = FAULTS[Math.floor(next() * FAULTS.length)] ?? FAULTS[0] ?? never();
    const afterMs = Math.round(next() * 3500);
    struck.push(`${name} after ${afterMs} ms`);
    await sleep(afterMs);
    await act(field, planned.id);
  });
  const holder = writeAsAnother(probed, planned.id, stack, end);
  const run = await end;
  await Promise.all(faults);
  const { lockIds, accepted } = await holder;
  const wrong = [...accepted];
  if (run.status !== 'applied') wrong.push(`run ${run.id} is ${run.status}, ${run.end}: ${run.error?.summary}`);
  const lines = probed.ledger(stack).slice(before);
  if (lines.join() !== 'began,ended') wrong.push(`${stack} was applied so: ${lines.join()}`);
  wrong.push(...(await tellLate(probed, run)), ...(await writeStale(probed, run, [...lockIds, 'never-a-lock'])));
  const [why] = wrong;
  if (why === undefined) return { held: true };
  return { held: false, why, evidence: [...struck, ...wrong, probed.warnings()].join('\n') };
}

/** While the apply has its lock, its own token with another lock id must not write; answers the ids that were seen. */
async function writeAsAnother(probed: ProbedInstance, run: string, stack: string, end: Promise<unknown>) {
  let isOver = false;
  end.then(
    () => (isOver = true),
    () => (isOver = true),
  );
  const lockIds = new Set<string>();
  const accepted: string[] = [];
  while (!isOver) {
    const lockId = await lockOf(probed, run).catch(() => null);
    if (lockId !== null && !lockIds.has(lockId)) {
      lockIds.add(lockId);
      const current = await probed.instance.run(run);
      accepted.push(...(await writeStale(probed, current, [`${lockId}-of-${stack}`])));
    }
    await sleep(100);
  }
  return { lockIds: [...lockIds], accepted };
}

const paused = new Map<Program, number>();

/** SIGSTOP for longer than a lease. Several may want it of one worker: the last one lets it go on. */
async function pause({ workers }: Field, nth: number): Promise<void> {
  const worker = workers[nth];
  if (!worker) return;
  paused.set(worker, (paused.get(worker) ?? 0) + 1);
  worker.signal('SIGSTOP');
  await sleep(LEASE_MS * 1.5);
  const left = (paused.get(worker) ?? 1) - 1;
  paused.set(worker, left);
  if (left === 0) worker.signal('SIGCONT');
}

function never(): never {
  throw new Error('there are faults');
}
