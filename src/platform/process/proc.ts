import { readdirSync, readFileSync } from 'node:fs';

/** What the kernel says of a process: state letter, session, and start time in clock ticks since boot. */
export interface ProcessFacts {
  readonly pid: number;
  readonly state: string;
  readonly session: number;
  readonly startTime: string;
}

/** Reads one line of `/proc/<pid>/stat`; null where it is none. The name may hold spaces and parentheses. */
export function parseStat(text: string): ProcessFacts | null {
  const fields = text
    .slice(text.lastIndexOf(')') + 2)
    .trim()
    .split(' ');
  const pid = Number.parseInt(text, 10);
  const [state, session, startTime] = [fields[0], fields[3], fields[19]];
  if (!Number.isInteger(pid) || !state || !session || !startTime) return null;
  return { pid, state, session: Number(session), startTime };
}

/** The facts of a process, or null where there is none. */
export function readProcess(pid: number): ProcessFacts | null {
  const text = readProc(`/proc/${pid}/stat`);
  return text === null ? null : parseStat(text);
}

/** A zombie or dead entry has ended: its parent only has not looked yet. */
export function isLiving(facts: ProcessFacts | null): facts is ProcessFacts {
  return facts !== null && facts.state !== 'Z' && facts.state !== 'X';
}

/** The arguments of a process, `\0` between them; empty where there is none. */
export function readCommandLine(pid: number): string {
  return readProc(`/proc/${pid}/cmdline`) ?? '';
}

let bootId: string | null = null;

/** This boot of this machine: a process recorded under another one is gone. Read once: no process outlives its boot. */
export function readBootId(): string {
  bootId ??= readProc('/proc/sys/kernel/random/boot_id')?.trim() ?? null;
  return bootId ?? 'unknown';
}

/** Every living process of a session. */
export function livingInSession(session: number): ProcessFacts[] {
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  const all = pids.map((pid) => readProcess(Number(pid)));
  return all.filter((facts) => isLiving(facts)).filter((facts) => facts.session === session);
}

function readProc(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return null;
  }
}
