import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { execa } from 'execa';

/** What is known of who ends a process, and what else ends with it. */
export interface Surroundings {
  readonly pid: number;
  readonly parent: number;
  /** `comm` of the parent. */
  readonly parentName: string;
  /** The process's control group in the unified hierarchy, `/system.slice/holdfast.service`; empty where unknown. */
  readonly cgroup: string;
  /** `KillMode` of that unit; null where systemd does not say. */
  readonly killMode: string | null;
}

/** Whether engines outlive the process that started them, and why not. */
export interface Supervision {
  readonly kind: 'nobody' | 'systemd' | 'container';
  /** A drain waits for applies, however long they take: they would be ended with us. */
  readonly staysForApplies: boolean;
  /** The systemd unit. */
  readonly unit: string | null;
}

/** An ordinary machine's first process; another one is the init of a container, which ends with its child. */
const INITS = new Set(['systemd', 'init', 'runit', 's6-svscan', 'openrc-init', 'launchd', 'supervisord', 'dinit']);
const SYSTEMCTL_MS = 3000;

/** Who supervises a process. What is not known counts as "would end them": then waiting is the safe side. Pure. */
export function judgeSurroundings({ pid, parent, parentName, cgroup, killMode }: Surroundings): Supervision {
  if (pid === 1) return { kind: 'container', staysForApplies: true, unit: null };
  const unit = unitOf(cgroup);
  if (parentName === 'systemd' && unit !== null) {
    return { kind: 'systemd', staysForApplies: killMode !== 'process' && killMode !== 'none', unit };
  }
  if (parent === 1 && !INITS.has(parentName)) return { kind: 'container', staysForApplies: true, unit: null };
  return { kind: 'nobody', staysForApplies: false, unit: null };
}

/** Looks at a process of this machine (default: this one); what cannot be read is left empty. Never throws. */
export async function readSurroundings(pid: number = process.pid): Promise<Surroundings> {
  const parent = Number(/\) \S (\d+) /.exec(read(`/proc/${pid}/stat`))?.[1] ?? 0);
  const parentName = read(`/proc/${parent}/comm`).trim();
  const cgroup = /^0::(.*)$/m.exec(read(`/proc/${pid}/cgroup`))?.[1] ?? '';
  const unit = parentName === 'systemd' ? unitOf(cgroup) : null;
  return { pid, parent, parentName, cgroup, killMode: unit === null ? null : await killModeOf(unit, parent !== 1) };
}

function unitOf(cgroup: string): string | null {
  const name = basename(cgroup);
  return name.endsWith('.service') ? name : null;
}

async function killModeOf(unit: string, isUser: boolean): Promise<string | null> {
  const args = [...(isUser ? ['--user'] : []), 'show', '--property=KillMode', '--value', '--', unit];
  const told = await execa('systemctl', args, { timeout: SYSTEMCTL_MS, reject: false, stdin: 'ignore' });
  return told.failed || told.stdout.trim() === '' ? null : told.stdout.trim();
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
