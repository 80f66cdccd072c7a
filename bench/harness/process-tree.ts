import { readdirSync, readFileSync } from 'node:fs';

/** What a program and all its children use. */
export interface TreeUse {
  /** Processes whose memory counts. */
  readonly processes: number;
  /** Resident memory, shared pages counted in every process that has them; MiB. */
  readonly rssMiB: number;
  /** The same with shared pages divided among those that share them; MiB. */
  readonly pssMiB: number;
  /** CPU time since their start, that of ended children included; ms. */
  readonly cpuMs: number;
}

const TICK_MS = 10;

/** Measures a process and its descendants from /proc. */
export function measureTree(root: number): TreeUse {
  const stats = readStats();
  const pids = [root];
  for (const pid of pids) for (const [child, fields] of stats) if (Number(fields[1]) === pid) pids.push(child);
  const sum = (of: (pid: number) => number) => pids.reduce((total, pid) => total + of(pid), 0);
  const ticks = (pid: number) => [11, 12, 13, 14].reduce((total, at) => total + Number(stats.get(pid)?.[at] ?? 0), 0);
  return {
    processes: pids.length,
    rssMiB: sum((pid) => readMemory(pid, 'Rss')) / 1024,
    pssMiB: sum((pid) => readMemory(pid, 'Pss')) / 1024,
    cpuMs: sum(ticks) * TICK_MS,
  };
}

/** `/proc/<pid>/stat` of all processes, from the state on (field 3). */
function readStats(): Map<number, string[]> {
  const stats = new Map<number, string[]>();
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    const text = read(`/proc/${name}/stat`);
    if (text !== '') stats.set(Number(name), text.slice(text.lastIndexOf(')') + 2).split(' '));
  }
  return stats;
}

function readMemory(pid: number, key: 'Rss' | 'Pss'): number {
  return Number(new RegExp(`^${key}:\\s+(\\d+) kB`, 'm').exec(read(`/proc/${pid}/smaps_rollup`))?.[1] ?? 0);
}

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}
