import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

export interface LivingProcess {
  readonly pid: number;
  /** Arguments joined by spaces. */
  readonly command: string;
}

/** Living processes that have to do with a folder: by command line, environment or working directory. Not this one. */
export function livingProcesses(dir: string): LivingProcess[] {
  const pids = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number);
  return pids.flatMap((pid) => {
    if (pid === process.pid) return [];
    const command = read(`/proc/${pid}/cmdline`).replaceAll('\0', ' ').trim();
    // A zombie has no command line any more.
    if (command === '') return [];
    const facts = [command, read(`/proc/${pid}/environ`), link(`/proc/${pid}/cwd`)];
    return facts.some((text) => text.includes(dir)) ? [{ pid, command }] : [];
  });
}

function read(file: string): string {
  try {
    return readFileSync(file, 'latin1');
  } catch {
    return '';
  }
}

function link(file: string): string {
  try {
    return readlinkSync(file);
  } catch {
    return '';
  }
}
