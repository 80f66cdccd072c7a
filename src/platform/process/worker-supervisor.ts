import { execa } from 'execa';
import { type Clock, sleep } from '../../kernel/clock.ts';
import { messageOf } from '../../kernel/errors.ts';
import type { Logger } from '../../kernel/logger.ts';
import type { WorkerStart } from './worker-channel.ts';

export interface SupervisorOptions {
  readonly count: number;
  /** Absolute path of node, and what it runs: `['bin/holdfast.mjs', 'worker', …]`. */
  readonly command: string;
  readonly args: readonly string[];
  /** The whole environment of the workers; no secret belongs in it. */
  readonly env: Readonly<Record<string, string>>;
  /** What the n-th worker (from 1) is told over IPC. Asked at every start. */
  readonly startOf: (nth: number) => Omit<WorkerStart, 'type'>;
  readonly clock: Clock;
  readonly logger: Logger;
  /** How long a worker may drain before it is killed; its engines live on. */
  readonly stopMs: number;
  /** Engines do not live on after us (`surroundings.ts`), so that a drain waits for applies, however long. */
  readonly staysForApplies?: boolean;
}

/** The workers of `holdfast up`. */
export interface WorkerSupervisor {
  /** Pids of the workers that live now. */
  readonly pids: readonly number[];
  /** Asks every worker to drain (SIGTERM), waits for them, and starts none again. */
  stop(): Promise<void>;
}

const STEADY_MS = 60_000;

/** The pause before the next start after `failures` short lives: 0.5 s, doubling, at most 30 s. */
export function restartPauseMs(failures: number): number {
  return failures === 0 ? 0 : Math.min(30_000, 500 * 2 ** (failures - 1));
}

/**
 * Keeps `count` workers running, each in a session of its own (Ctrl-C reaches only us) with an IPC channel over which it is
 * told its secret, and whose end tells it of ours. One that ends is started again.
 */
export function superviseWorkers(options: SupervisorOptions): WorkerSupervisor {
  const stopping = new AbortController();
  const living = new Map<number, ReturnType<typeof spawnWorker>>();
  const loops = Array.from({ length: options.count }, (_, index) => keep(index + 1));

  async function keep(nth: number): Promise<void> {
    const { clock } = options;
    const logger = options.logger.child({ worker: nth });
    for (let failures = 0; !stopping.signal.aborted; ) {
      const startedAt = clock.now();
      const worker = spawnWorker(options, nth);
      living.set(nth, worker);
      const end = await worker;
      living.delete(nth);
      if (stopping.signal.aborted) return;
      failures = clock.now() - startedAt > STEADY_MS ? 1 : failures + 1;
      const facts = { exitCode: end.exitCode ?? null, signal: end.signal ?? null, pauseMs: restartPauseMs(failures) };
      logger.warn(facts, 'a worker ended and is started again');
      await sleep(clock, restartPauseMs(failures), stopping.signal);
    }
  }

  return {
    get pids() {
      return [...living.values()].flatMap((worker) => worker.pid ?? []);
    },
    async stop() {
      stopping.abort();
      for (const worker of living.values()) worker.kill('SIGTERM');
      const kill = () => {
        for (const worker of living.values()) worker.kill('SIGKILL');
      };
      const cancel = staysForApplies(options) ? () => {} : options.clock.after(options.stopMs, kill);
      await Promise.all(loops);
      cancel();
    },
  };
}

const staysForApplies = (options: SupervisorOptions) => options.staysForApplies === true;

function spawnWorker(options: SupervisorOptions, nth: number) {
  const worker = execa(options.command, options.args, {
    env: options.env,
    extendEnv: false,
    // Its log goes where ours goes; stdout is for results alone.
    stdio: ['ignore', process.stderr, 'inherit'],
    ipc: true,
    // JSON: the channel then holds nothing that has to be deserialised into classes.
    serialization: 'json',
    detached: true,
    cleanup: false,
    buffer: false,
    reject: false,
    forceKillAfterDelay: false,
  });
  const stays = staysForApplies(options) ? { staysForApplies: true } : {};
  const start: WorkerStart = { type: 'start', ...options.startOf(nth), ...stays };
  worker.nodeChildProcess.send(start, (error) => {
    if (error) options.logger.warn({ worker: nth, reason: messageOf(error) }, 'a worker did not take its secret');
  });
  return worker;
}
