import type { LockJson, LockList } from '../../../src/api/contract.ts';
import { findBinary } from '../../support/find-binary.ts';
import { until } from '../../support/until.ts';
import { openRuns } from '../harness/call-traces.ts';
import { ChaosInstance } from '../harness/chaos-instance.ts';
import type { ChaosPromise, Schedule, Verdict } from '../harness/chaos-promise.ts';
import { Invariants } from '../harness/invariants.ts';
import { type Holder, holdStacks } from '../harness/lock-holders.ts';

/** A tenth of what is usual, so that a minute is six seconds. */
const TIMERS = { lease: '3s', heartbeat: '300ms', sweep: '500ms' };
const NAMED_WITHIN_MS = 6000;
/** Each holds one. */
const WORKERS = 5;
/** Ten leases, after which a proven death is enough; then some. */
const FREED_WITHIN_MS = 60_000;

/** Workers that are gone or paused, over engines that are dead, paused, alive or unknown. */
export const deadHolders: ChaosPromise = {
  id: 'P5',
  title:
    'A dead holder is named within 60 s (timers a tenth: 6 s) with evidence; a lock is freed only on proof of death',
  unit: 'holders',
  defaultCount: 30,
  quickCount: 0,
  atOnce: 3,
  patienceMs: 240_000,
  missing: () => (findBinary('terraform') === null ? 'needs terraform on PATH' : null),
  open: async () => ({ run: tryHolders }),
};

async function tryHolders({ dir, next, left }: Schedule): Promise<Verdict> {
  const chaos = await ChaosInstance.open({ dir, workers: WORKERS, concurrency: 1, timers: TIMERS });
  try {
    const invariants = new Invariants(chaos);
    const { holders, strike, recover } = await holdStacks(chaos, { next, most: left });
    const struckAt = performance.now();
    await strike();
    const broken: string[] = [];
    const named: number[] = [];
    const freed: number[] = [];
    const waiting = new Set(holders.filter(({ engine }) => engine === 'dead'));
    while (waiting.size > 0 && performance.now() - struckAt < FREED_WITHIN_MS) {
      const locks = await lookAt(chaos);
      const ms = performance.now() - struckAt;
      for (const holder of holders) {
        const lock = locks.find(({ stack }) => stack === holder.stack) ?? null;
        if (holder.engine === 'dead') {
          if (!holder.isNamed && lock?.state === 'dead' && lock.evidence.includes(`pid ${holder.pid}`)) {
            holder.isNamed = true;
            named.push(ms);
          }
          if (lock === null && waiting.delete(holder)) freed.push(ms);
          if (lock === null && !holder.isNamed) broken.push(`${about(holder)} was freed without a proof`);
        } else broken.push(...judgeLiving(holder, lock));
      }
      if (broken.length > 0) break;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    for (const holder of waiting) broken.push(`${about(holder)} is dead, and its lock was not freed`);
    for (const ms of named)
      if (ms > NAMED_WITHIN_MS) broken.push(`a dead holder was named after ${Math.round(ms)} ms only`);
    await recover();
    broken.push(...(await lookAfter(chaos, invariants, holders)));
    broken.push(...(await invariants.brokenAtEnd()));
    const tries = holders.length;
    const measures = { 'named after ms': named, 'freed after ms': freed };
    if (broken.length === 0) return { held: true, tries, measures };
    return { held: false, tries, why: broken[0] ?? '', evidence: [...broken, chaos.warnings()].join('\n'), measures };
  } finally {
    await chaos.close();
  }
}

/** Whoever is not proven dead keeps his lock, and is not called dead. */
function judgeLiving(holder: Holder, lock: LockJson | null): string[] {
  if (lock === null) return [`${about(holder)} lost its lock`];
  if (lock.state === 'dead') return [`${about(holder)} is called dead: ${lock.evidence}`];
  return lock.evidence === '' ? [`${about(holder)}: no evidence`] : [];
}

/** Once all are back: what lived is applied, what was given up has failed and stopped its stack. */
async function lookAfter(chaos: ChaosInstance, invariants: Invariants, holders: readonly Holder[]): Promise<string[]> {
  const broken: string[] = [];
  // A worker that was paused has yet to hear that its run was given up.
  await until(() => openRuns(chaos.instance.dataDir).length === 0 || null, 60_000, 100).catch(() => {});
  for (const holder of holders) {
    const run = await chaos.ended(holder.plan);
    if (holder.engine === 'dead') {
      const stack = await chaos.json<{ blocked: object | null }>(`/api/v1/stacks/${holder.stack}`);
      if (run.status !== 'failed') broken.push(`${about(holder)} was given up and is ${run.status}`);
      if (stack?.blocked == null) broken.push(`${about(holder)} was given up, and its stack is not blocked`);
    } else {
      if (run.end !== 'applied') broken.push(`${about(holder)} ended ${run.status}, ${run.end}: ${run.reason}`);
      broken.push(...(await invariants.brokenOf(holder.stack, run)));
    }
  }
  return broken;
}

async function lookAt(chaos: ChaosInstance): Promise<readonly LockJson[]> {
  return (await until(() => chaos.json<LockList>('/api/v1/locks?limit=500'))).locks;
}

const about = ({ stack, engine, isWorkerPaused }: Holder) =>
  `${stack} (engine ${engine}, worker ${isWorkerPaused ? 'paused' : 'dead'})`;
