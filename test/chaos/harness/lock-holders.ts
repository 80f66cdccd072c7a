import type { Run } from '../../../src/api/contract.ts';
import { kill } from '../../support/instance/test-instance.ts';
import { until } from '../../support/until.ts';
import { ApplyWatch } from './apply-watch.ts';
import type { ChaosInstance } from './chaos-instance.ts';
import { pick } from './pick.ts';

/** `unknown`: alive, but nobody was ever told which process it is. */
export type EngineFate = 'dead' | 'paused' | 'alive' | 'unknown';

const FATES: readonly EngineFate[] = ['dead', 'paused', 'alive', 'unknown'];

/** An apply that holds its stack's lock. */
export interface Holder {
  readonly stack: string;
  readonly plan: Run;
  readonly pid: number;
  readonly engine: EngineFate;
  readonly worker: string;
  /** Its worker is only stopped, not killed. */
  readonly isWorkerPaused: boolean;
  /** Whether it was called dead, with its pid as the evidence. */
  isNamed: boolean;
}

interface HoldOptions {
  readonly next: () => number;
  readonly most: number;
}

export interface Held {
  readonly holders: readonly Holder[];
  /** Takes their workers away, and does to each engine what is its fate. */
  strike(): Promise<void>;
  /** Everybody who lives goes on. */
  recover(): Promise<void>;
}

/**
 * Has every worker apply one stack that waits in the middle (it applies one at a time). Of two or more, one engine dies and
 * one is paused; the others' fates, and which workers only stop, come of chance.
 */
export async function holdStacks(chaos: ChaosInstance, { next, most }: HoldOptions): Promise<Held> {
  const told = new Set<string>();
  const silenced = new Set<string>();
  chaos.proxy.hooks.add({
    before: async ({ path }) => (silenced.has(runOf(path)) ? 'drop' : undefined),
    async after({ path }, { status }) {
      if (status < 300) told.add(runOf(path));
      return undefined;
    },
  });
  const wanted = Array.from(chaos.workers.keys(), (_, nth) => `s${nth}`);
  const plans = await Promise.all(wanted.map((stack) => chaos.planned(stack, chaos.side.chain(stack, 1, 0, true))));
  const ofWorkers = plans.filter(({ worker }, at) => plans.findIndex((plan) => plan.worker === worker) === at);
  const holders = await Promise.all(
    ofWorkers.slice(0, most).map(async (plan, nth): Promise<Holder> => {
      const engine = nth < 2 ? (['dead', 'paused'] as const)[nth] : pick(FATES, next());
      const isWorkerPaused = next() < 0.4;
      const { stack, worker } = plan;
      if (engine === 'unknown') silenced.add(plan.id);
      await chaos.approve(plan);
      const pid = await new ApplyWatch(chaos, plan, 1).enginePid();
      const isHolding = () => chaos.side.begun(stack).length > 0 && (engine === 'unknown' || told.has(plan.id));
      await until(() => isHolding() || null, 90_000);
      return { stack, plan, pid, engine: engine ?? 'dead', worker: worker ?? '', isWorkerPaused, isNamed: false };
    }),
  );
  return {
    holders,
    strike: () => each(holders, (holder) => strike(chaos, holder)),
    async recover() {
      silenced.clear();
      await each(holders, (holder) => recover(chaos, holder));
    },
  };
}

async function strike(chaos: ChaosInstance, { worker, isWorkerPaused, pid, engine }: Holder): Promise<void> {
  const slot = chaos.workers.get(worker);
  if (isWorkerPaused) slot?.pause('SIGSTOP');
  else await slot?.end('SIGKILL');
  if (engine === 'dead') kill(pid);
  if (engine === 'paused') process.kill(pid, 'SIGSTOP');
}

async function recover(chaos: ChaosInstance, { stack, worker, isWorkerPaused, pid, engine }: Holder): Promise<void> {
  if (engine === 'paused') process.kill(pid, 'SIGCONT');
  const slot = chaos.workers.get(worker);
  if (isWorkerPaused) slot?.pause('SIGCONT');
  else await slot?.start();
  chaos.side.open(stack);
}

async function each<T>(all: readonly T[], act: (one: T) => Promise<void>): Promise<void> {
  await Promise.all(all.map(act));
}

/** The run whose process is told of; empty where it is about something else. */
function runOf(path: string): string {
  return /^\/worker\/v1\/runs\/([^/]+)\/process$/.exec(path)?.[1] ?? '';
}
