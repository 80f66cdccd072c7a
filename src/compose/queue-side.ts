import type { SynthDesk } from '../features/cdktf/index.ts';
import { type ApplyClaims, type Bell, Doorbell, type DoorbellDeps, type Ring } from '../features/execution/index.ts';
import type { RunReader } from '../features/runs/index.ts';
import type { Clock } from '../kernel/clock.ts';
import { messageOf } from '../kernel/errors.ts';
import type { Logger } from '../kernel/logger.ts';
import type { Random } from '../kernel/random.ts';
import { openDoorbell, type Doorbell as QueueDoorbell } from '../platform/queue/doorbell.ts';
import { type EmbeddedRedis, startEmbeddedRedis } from '../platform/queue/embedded-redis.ts';
import { firstId, queuePrefix, ringForRun } from '../platform/queue/queue-catalogue.ts';
import { probeRedis } from '../platform/queue/redis-connection.ts';

/** The queue of this instance: where Redis is, and the bell on it. */
export interface QueueSide {
  readonly url: string;
  readonly prefix: string;
  readonly bell: QueueDoorbell;
  readonly doorbell: Doorbell;
  stop(): Promise<void>;
}

export interface QueueSideOptions {
  /** `redis_url`; null: a Redis of our own. */
  readonly redisUrl: string | null;
  readonly dataDir: string;
  readonly searchPath: string;
  readonly instance: string;
  readonly claimable: DoorbellDeps['claimable'];
  readonly slots: DoorbellDeps['slots'];
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
}

/** What the doorbell rings for. A frozen apply rings for nobody: it would be claimed by nobody, again and again. */
export function claimableOf(
  runs: Pick<RunReader, 'admissible'>,
  syntheses: Pick<SynthDesk, 'admissible'>,
  applies: Pick<ApplyClaims, 'isOpen'>,
): DoorbellDeps['claimable'] {
  return {
    errands: async (limit) => [
      ...(await syntheses.admissible(limit)),
      ...((await applies.isOpen()) ? await runs.admissible(limit, { plans: false, applies: {} }) : []),
    ],
    plans: (limit) => runs.admissible(limit, { plans: true, applies: false }),
  };
}

/** Starts or finds Redis and opens the bell. Everything is rung again whenever Redis comes back. */
export async function openQueueSide(options: QueueSideOptions): Promise<QueueSide> {
  if (options.redisUrl !== null) await greet(options.redisUrl, options.logger);
  const embedded: EmbeddedRedis | null = options.redisUrl === null ? await startEmbeddedRedis(options) : null;
  if (embedded) options.logger.info({ kind: embedded.kind }, 'an embedded Redis is running');
  const url = options.redisUrl ?? embedded?.url ?? '';
  const prefix = queuePrefix(options.instance);
  const bell = openDoorbell({ url, prefix, logger: options.logger });
  const doorbell = new Doorbell({
    ...options,
    bell: {
      ring: (rings, isAfresh) => ringAll(bell, rings, isAfresh ? options.clock.now() : null),
      waitingPlans: () => waitingPlans(bell),
    },
  });
  bell.onReady(() => void doorbell.ringAgain());
  return {
    url,
    prefix,
    bell,
    doorbell,
    async stop() {
      await bell.close();
      await embedded?.stop();
    },
  };
}

/** Throws `invalid` where this Redis must not be used (it evicts, or refuses the password); one that is away is waited for. */
async function greet(url: string, logger: Logger): Promise<void> {
  const answer = await probeRedis(url);
  if (answer.kind === 'away') logger.warn({ reason: answer.reason }, 'Redis is away; runs wait until it is back');
}

async function ringAll(bell: QueueDoorbell, rings: readonly Ring[], afreshAt: number | null): Promise<boolean> {
  const jobs = (of: readonly Ring[]) => of.map((ring) => ringForRun(ring.run, ring.phase, ring.attempt));
  const ring = async (queue: Ring['phase'], of: readonly Ring[], at?: string) => {
    const sent = await bell.ring(queue, jobs(of), at);
    if (afreshAt !== null) await bell.ringHeld(queue, jobs(of), afreshAt, at);
    return sent === of.length;
  };
  const plans = rings.filter(({ phase }) => phase === 'plan');
  const applies = Map.groupBy(
    rings.filter(({ phase }) => phase === 'apply'),
    ({ root }) => root,
  );
  let isTaken = plans.length === 0 || (await ring('plan', plans));
  for (const [root, of] of applies) if (!(await ring('apply', of, root))) isTaken = false;
  return isTaken;
}

/** Jobs of syntheses are in the same row, and bring nobody a run. */
async function waitingPlans(bell: QueueDoorbell): ReturnType<Bell['waitingPlans']> {
  const all = await bell.waitingJobs('plan');
  if (all === null) return null;
  const ids = new Set([...all].filter((id) => !id.startsWith('synth-')).map(firstId));
  return { count: ids.size, has: ({ run, phase, attempt }) => ids.has(ringForRun(run, phase, attempt).id) };
}

/** Every `sweepMs`: leases are judged, and everything admissible is rung for again. */
export function startSweeping(deps: {
  readonly sweep: { runOnce(): Promise<number> };
  readonly doorbell: Doorbell;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly sweepMs: number;
}): () => void {
  let cancel = () => {};
  let stopped = false;
  const pass = async () => {
    try {
      await deps.sweep.runOnce();
      await deps.doorbell.ringAfresh();
    } catch (error) {
      deps.logger.error({ error: messageOf(error) }, 'a sweep failed; the next one tries again');
    }
    if (!stopped) cancel = deps.clock.after(deps.sweepMs, () => void pass());
  };
  void pass();
  return () => {
    stopped = true;
    cancel();
  };
}

/** Two sweeps as one: the second also where the first has failed. */
export function both(first: { runOnce(): Promise<number> }, second: { runOnce(): Promise<number> }) {
  return {
    async runOnce(): Promise<number> {
      const results = await Promise.allSettled([first.runOnce(), second.runOnce()]);
      for (const result of results) if (result.status === 'rejected') throw result.reason;
      return results.reduce((sum, result) => sum + (result.status === 'fulfilled' ? result.value : 0), 0);
    },
  };
}
