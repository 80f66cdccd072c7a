import { type Clock, sleep } from '../../kernel/clock.ts';
import { isShimOf, observe } from './call-directory.ts';
import { livingInSession } from './proc.ts';
import { type EngineRecord, judge } from './process-evidence.ts';

/** How a plan is ended: a stuck data read ignores the first SIGINT, the second ends it at once. Never for an apply. */
const PLAN_ESCALATION = [
  { afterMs: 0, signal: 'SIGINT' },
  { afterMs: 10_000, signal: 'SIGINT' },
  { afterMs: 20_000, signal: 'SIGKILL' },
] as const;

/** The signals that are due `elapsedMs` after the stop began and were not sent. */
export function dueSignals(elapsedMs: number, sent: number): readonly ('SIGINT' | 'SIGKILL')[] {
  const due = PLAN_ESCALATION.filter((step) => step.afterMs <= elapsedMs).slice(sent);
  return due.map((step) => step.signal);
}

export interface StopOptions {
  readonly dir: string;
  readonly clock: Clock;
  /** Aborted when the engine has ended. */
  readonly ended: AbortSignal;
  /** Sends a signal; `process.kill` unless a test listens. */
  readonly kill?: (pid: number, signal: 'SIGINT' | 'SIGKILL') => void;
}

/** Ends a plan (or an init, or a show) by the escalation; resolves when it has ended or the last signal was sent. */
export async function stopPlan(options: StopOptions): Promise<void> {
  const { dir, clock, ended } = options;
  const kill = options.kill ?? process.kill;
  const startedAt = clock.now();
  let sent = 0;
  while (!ended.aborted && sent < PLAN_ESCALATION.length) {
    for (const signal of dueSignals(clock.now() - startedAt, sent)) {
      const verdict = judge(await observe(dir));
      // Without a whole `pid` yet there is nobody to signal: it stays due.
      if (verdict.kind !== 'running') break;
      killQuietly(kill, verdict.record.pid, signal);
      sent += 1;
    }
    await sleep(clock, 50, ended);
  }
}

/**
 * Ends what a dead plan left in its session (providers of a SIGKILLed terraform), and nothing that an engine before it left
 * there; never call it for an apply, nor when its shim may have another engine.
 */
export function endSession(dir: string, record: EngineRecord, kill: StopOptions['kill'] = process.kill): number {
  const { shimPid, startTime } = record;
  const members = livingInSession(shimPid);
  const leader = members.find((facts) => facts.pid === shimPid);
  // A pid that came again leads a stranger's session.
  if (leader && !isShimOf(dir, record)) return 0;
  const left = members.filter(({ pid, startTime: at }) => pid !== shimPid && Number(at) >= Number(startTime));
  for (const facts of left) killQuietly(kill, facts.pid, 'SIGKILL');
  return left.length;
}

function killQuietly(kill: NonNullable<StopOptions['kill']>, pid: number, signal: 'SIGINT' | 'SIGKILL'): void {
  try {
    kill(pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}
