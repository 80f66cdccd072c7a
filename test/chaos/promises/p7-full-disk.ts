import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Run } from '../../../src/api/contract.ts';
import { findBinary } from '../../support/find-binary.ts';
import { mountSmallDisk, type SmallDisk, whyNoSmallDisk } from '../../support/small-disk.ts';
import { until } from '../../support/until.ts';
import { ChaosInstance } from '../harness/chaos-instance.ts';
import type { ChaosPromise, Schedule, Trial, Verdict } from '../harness/chaos-promise.ts';
import { Invariants } from '../harness/invariants.ts';
import { pick } from '../harness/pick.ts';

const WORKER = 'w1';
const KINDS = [
  'full from the middle on',
  'full, worker killed',
  'full, state refused',
  'full before it begins',
] as const;
/** More output than what is left of the last page of a file. */
const THINGS = 40;

/** The worker's disk is full while it applies, down to the last byte, until some time after the end. */
export const fullDisk: ChaosPromise = {
  id: 'P7-disk',
  title:
    "A worker's disk is full: what is saved is applied and known, what cannot be saved blocks the stack and is said",
  unit: 'full disks',
  defaultCount: 12,
  quickCount: 0,
  atOnce: 1,
  patienceMs: 240_000,
  missing: () => (findBinary('terraform') === null ? 'needs terraform on PATH' : whyNoSmallDisk()),
  open: openTrial,
};

async function openTrial({ dir }: { dir: string }): Promise<Trial> {
  let disk: SmallDisk | null = null;
  const chaos = await ChaosInstance.open({
    ...{ dir, workers: 1, timers: { state_retry: '1s' } },
    prepare(instance) {
      disk = mountSmallDisk(join(instance.dataDir, `worker-${WORKER}`), 24);
    },
  });
  const invariants = new Invariants(chaos);
  const small = disk as SmallDisk | null;
  if (small === null) throw new Error('the disk was not mounted');
  return {
    run: (schedule) => tryFull({ chaos, invariants, disk: small }, schedule).finally(() => small.free()),
    broken: () => invariants.broken(),
    async close() {
      try {
        const broken = await invariants.brokenAtEnd();
        if (broken.length > 0) throw new Error(broken.join('\n'));
      } finally {
        small.unmount();
        await chaos.close();
      }
    },
  };
}

interface Ground {
  readonly chaos: ChaosInstance;
  readonly invariants: Invariants;
  readonly disk: SmallDisk;
}

async function tryFull(ground: Ground, { next, index }: Schedule): Promise<Verdict> {
  const { chaos, invariants, disk } = ground;
  const kind = pick(KINDS, next());
  const [delayMs, awayMs] = [next() * 300, 500 + next() * 3000];
  const stack = `d${index}`;
  const plan = await chaos.planned(stack, chaos.side.chain(stack, THINGS, 0, true));
  const refusal = kind === 'full, state refused' ? refuseSaves(chaos) : null;
  if (kind === 'full before it begins') disk.fill();
  await chaos.approve(plan);
  if (kind === 'full before it begins') {
    await sleep(awayMs);
    disk.free();
  }
  await until(() => Promise.resolve(chaos.side.begun(stack).length > 0 || null), 60_000);
  await sleep(delayMs);
  disk.fill();
  const back = kind === 'full, worker killed' ? chaos.workers.get(WORKER)?.blow('SIGKILL') : undefined;
  await back?.struck;
  chaos.side.open(stack);
  await until(() => Promise.resolve(chaos.side.made(stack).length === THINGS || null), 60_000);
  if (back) {
    await sleep(awayMs);
    disk.free();
    await back.over;
  }
  const run = await chaos.ended(plan);
  const broken = refusal
    ? await brokenUnsaved(ground, run)
    : [
        ...(run.end === 'applied' ? [] : [`it ended ${run.status}, ${run.end}: ${run.reason}`]),
        ...(await invariants.brokenOf(stack, run)),
      ];
  refusal?.end();
  if ((await invariants.locked()).includes(stack)) broken.push(`${stack} is locked still`);
  if (broken.length === 0) return { held: true, kind };
  const evidence = [...broken, JSON.stringify(run), chaos.warnings()].join('\n');
  return { held: false, why: `${kind}: ${broken[0]}`, evidence, kind };
}

/** The state is stored nowhere: never called applied, nothing made up, the stack stopped, and a person told. */
async function brokenUnsaved({ chaos, disk }: Ground, run: Run): Promise<string[]> {
  const { instance, side } = chaos;
  const broken: string[] = [];
  if (run.status !== 'failed') broken.push(`it is called ${run.status}`);
  if (run.end !== 'unsaved_state' && run.end !== 'orphans') broken.push(`its end is ${run.end}`);
  if (!run.reason?.includes('cut off')) broken.push(`nobody is told that output is missing: ${run.reason}`);
  const phantom = run.orphans.filter(({ address }) => !side.made(run.stack).includes(address));
  for (const { address } of phantom) broken.push(`${address} is listed, and was not made`);
  const stack = await chaos.json<{ blocked: object | null }>(`/api/v1/stacks/${run.stack}`);
  if (stack?.blocked == null) broken.push('the stack is not blocked');
  disk.free();
  // What a person would take: the one place where it may lie in clear.
  rmSync(join(instance.dataDir, `worker-${WORKER}`, 'rescued'), { recursive: true, force: true });
  await chaos.post(`/api/v1/stacks/${run.stack}/unblock`, { reason: 'looked' });
  return broken;
}

function refuseSaves(chaos: ChaosInstance): { end(): void } {
  const hook = {
    before: async ({ method, path }: { method: string; path: string }) =>
      method === 'POST' && path.startsWith('/state/') ? ({ status: 500 } as const) : undefined,
  };
  chaos.proxy.hooks.add(hook);
  return { end: () => void chaos.proxy.hooks.delete(hook) };
}
