import { hostname } from 'node:os';
import { isLiving, readBootId, readProcess } from './proc.ts';

/** A process as it was recorded on its host: pids come again, (boot, pid, start time) never. */
export interface RecordedProcess {
  readonly host: string;
  readonly boot_id: string;
  readonly pid: number;
  /** Field 22 of /proc/PID/stat. */
  readonly start_time: string;
}

/** `unknown`: it was recorded on another host. */
export type ProcessVerdict = 'alive' | 'dead' | 'unknown';

/** What this host can prove of a process: a paused one lives, one of an earlier boot is dead. */
export function probeProcess(recorded: RecordedProcess): ProcessVerdict {
  return judgeProcess(recorded, { host: hostname(), bootId: readBootId(), facts: readProcess(recorded.pid) });
}

/** The same over what was looked up. A host of the same name (containers) with another boot proves nothing. Pure. */
export function judgeProcess(
  recorded: RecordedProcess,
  seen: { readonly host: string; readonly bootId: string; readonly facts: ReturnType<typeof readProcess> },
): ProcessVerdict {
  if (recorded.host !== seen.host || seen.bootId === 'unknown') return 'unknown';
  if (recorded.boot_id !== seen.bootId) return 'unknown';
  return isLiving(seen.facts) && seen.facts.startTime === recorded.start_time ? 'alive' : 'dead';
}
