import { readdirSync, readFileSync } from 'node:fs';

/** What a group of processes takes. */
export interface ProcessUse {
  readonly processes: number;
  /** Resident. */
  readonly memoryBytes: number;
}

/** Ids of a process, all that descend from it and, where a mark is given, all that carry it (`NAME=value`) in their environment. */
export function membersOf(root: number, mark: string | null): number[] {
  const children = new Map<number, number[]>();
  const found = new Set<number>();
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    const pid = Number(name);
    const stat = readOrEmpty(`/proc/${pid}/stat`);
    const [state, parent] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    if (state === undefined || state === 'Z' || state === 'X') continue;
    const siblings = children.get(Number(parent));
    if (siblings) siblings.push(pid);
    else children.set(Number(parent), [pid]);
    if (pid === root || (mark !== null && carries(pid, mark))) found.add(pid);
  }
  for (const pid of found) for (const child of children.get(pid) ?? []) found.add(child);
  return [...found];
}

export function useOf(pids: readonly number[]): ProcessUse {
  let memoryBytes = 0;
  for (const pid of pids) {
    const kilobytes = /^VmRSS:\s+(\d+) kB$/m.exec(readOrEmpty(`/proc/${pid}/status`))?.[1];
    memoryBytes += Number(kilobytes ?? 0) * 1024;
  }
  return { processes: pids.length, memoryBytes };
}

/** More rounds than a fork bomb of which each round kills most. */
const ROUNDS = 50;

/** SIGKILL to all of them, again until nobody is left. */
export function killProcesses(members: () => number[]): void {
  for (let round = 0; round < ROUNDS; round++) {
    const pids = members();
    if (pids.length === 0) return;
    // Stopped first: who is stopped forks no more while the others are killed.
    for (const signal of ['SIGSTOP', 'SIGKILL'] as const) for (const pid of pids) kill(pid, signal);
  }
}

function kill(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // Gone.
  }
}

function carries(pid: number, mark: string): boolean {
  return readOrEmpty(`/proc/${pid}/environ`).split('\0').includes(mark);
}

function readOrEmpty(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
