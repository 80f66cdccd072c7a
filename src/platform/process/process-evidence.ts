import { isLiving, type ProcessFacts } from './proc.ts';

/** The one line that the shim writes before it becomes the engine. */
export interface EngineRecord {
  readonly bootId: string;
  readonly pid: number;
  readonly startTime: string;
  /** Leader of the engine's session; writes `exit` when the engine has ended. */
  readonly shimPid: number;
  /** Of a shim that runs one engine after another; the others are known by their arguments. */
  readonly shimStartTime?: string;
}

/** What lies in a call's directory and what the kernel says, read in this order (`void` before `pid`). */
export interface Observation {
  readonly hasIntent: boolean;
  /** Whether somebody laid `void`, so that a shim that has not written its whole line yet will never start an engine. */
  readonly isVoid: boolean;
  readonly pidText: string | null;
  readonly exitText: string | null;
  readonly bootId: string;
  readonly engine: ProcessFacts | null;
  readonly isShimLiving: boolean;
}

/** What is proven about an engine process. `undecided`: look again, or settle it (`settle-evidence.ts`). */
export type Verdict =
  | { readonly kind: 'running'; readonly record: EngineRecord }
  | { readonly kind: 'exited'; readonly exitCode: number; readonly record: EngineRecord }
  | { readonly kind: 'never_started' }
  | { readonly kind: 'vanished'; readonly record: EngineRecord }
  | { readonly kind: 'undecided'; readonly because: 'no_pid' | 'incomplete_pid' | 'exit_pending' };

/** Ended or never begun: what a wait comes to. */
export type EndVerdict = Exclude<Verdict, { kind: 'running' | 'undecided' }>;

/** The record in `pid`; `never` where a newcomer forbade the start; null while the line has no newline yet. */
export function parsePidLine(text: string): EngineRecord | 'never' | null {
  const [line, rest] = text.split('\n', 2);
  if (line === undefined || rest === undefined) return null;
  if (line === 'never') return 'never';
  const match = /^(\S+) (\d+) (\d+) (\d+)(?: (\d+))?$/.exec(line);
  if (!match) return null;
  const [, bootId = '', pid, startTime = '', shimPid, shimStartTime] = match;
  const record = { bootId, pid: Number(pid), startTime, shimPid: Number(shimPid) };
  return shimStartTime === undefined ? record : { ...record, shimStartTime };
}

/** The code in `exit`; null while the line has no newline yet. */
export function parseExitLine(text: string | null): number | null {
  const match = /^(\d{1,3})\n/.exec(text ?? '');
  return match ? Number(match[1]) : null;
}

/** Whether the kernel's process is the recorded one, and alive: pids come again, start times within a boot do not. */
function isSameProcess(record: EngineRecord, bootId: string, facts: ProcessFacts | null): boolean {
  return record.bootId === bootId && isLiving(facts) && facts.startTime === record.startTime;
}

/** Decides what an observation proves. */
export function judge(seen: Observation): Verdict {
  const exitCode = parseExitLine(seen.exitText);
  const record = seen.pidText === null ? null : parsePidLine(seen.pidText);
  if (record === null) {
    // The whole line comes before the engine: an end without it, or no intent at all, is an end without a start.
    if (!seen.hasIntent || exitCode !== null) return { kind: 'never_started' };
    if (seen.pidText === null) return { kind: 'undecided', because: 'no_pid' };
    return seen.isVoid ? { kind: 'never_started' } : { kind: 'undecided', because: 'incomplete_pid' };
  }
  if (record === 'never') return { kind: 'never_started' };
  if (exitCode === 125 && seen.isVoid) return { kind: 'never_started' };
  if (exitCode !== null) return { kind: 'exited', exitCode, record };
  if (isSameProcess(record, seen.bootId, seen.engine)) return { kind: 'running', record };
  if (record.bootId === seen.bootId && seen.isShimLiving) return { kind: 'undecided', because: 'exit_pending' };
  return { kind: 'vanished', record };
}
