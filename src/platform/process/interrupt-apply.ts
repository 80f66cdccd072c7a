import { existsSync } from 'node:fs';
import { open, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Clock, sleep } from '../../kernel/clock.ts';
import { observe, syncDirectory } from './call-directory.ts';
import { judge } from './process-evidence.ts';

export interface InterruptOptions {
  readonly dir: string;
  readonly clock: Clock;
  /** Aborted when the engine has ended. */
  readonly ended: AbortSignal;
  /** Sends the signal; `process.kill` unless a test listens. */
  readonly kill?: (pid: number, signal: 'SIGINT') => void;
}

/**
 * Sends an apply the one SIGINT that it may ever get: to terraform's own pid, once pid and start time are seen to be its own.
 * `signalled` is made before, exclusively and durably, so that no later life and no later cancel sends another: a worker that
 * dies in between has sent none, which is the safe side. True where this call sent it.
 */
export async function interruptApply(options: InterruptOptions): Promise<boolean> {
  const { dir, clock, ended } = options;
  while (!ended.aborted) {
    const verdict = judge(await observe(dir));
    if (verdict.kind === 'running') return signalOnce(options);
    if (verdict.kind !== 'undecided') return false;
    await sleep(clock, 50, ended);
  }
  return false;
}

/** What is known of the one SIGINT; `meant`: a worker died while it sent it, or before. */
export type SignalRecord = 'none' | 'meant' | 'sent';

/** Whether an apply was ever sent its SIGINT. */
export function signalOf(dir: string): SignalRecord {
  if (existsSync(sentOf(dir))) return 'sent';
  return existsSync(markerOf(dir)) ? 'meant' : 'none';
}

async function signalOnce({ dir, kill = process.kill }: InterruptOptions): Promise<boolean> {
  if (!(await mark(dir))) return false;
  const verdict = judge(await observe(dir));
  if (verdict.kind === 'running') {
    try {
      kill(verdict.record.pid, 'SIGINT');
      await writeFile(sentOf(dir), '', { mode: 0o600 }).catch(() => {});
      return true;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
    }
  }
  // It ended by itself in between, and a process that ended is never signalled: nothing happened.
  await rm(markerOf(dir), { force: true });
  return false;
}

/** False where it is there already. Empty, so that a full disk does not take it. */
async function mark(dir: string): Promise<boolean> {
  try {
    await (await open(markerOf(dir), 'wx', 0o600)).close();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
  await syncDirectory(dir);
  return true;
}

const markerOf = (dir: string) => join(dir, 'signalled');
const sentOf = (dir: string) => join(dir, 'signal-sent');
