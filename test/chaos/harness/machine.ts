import { spawnSync } from 'node:child_process';
import { cpus, loadavg, release, totalmem } from 'node:os';

/** Where a suite ran, by what matters to its numbers. */
export type Machine = Readonly<Record<string, string>>;

/** What this machine is, and how busy it was before we came. */
export function describeMachine(): Machine {
  const first = (command: string, ...args: string[]) =>
    spawnSync(command, args, { encoding: 'utf8' }).stdout?.split('\n')[0] || 'none';
  const cores = cpus();
  return {
    date: new Date().toISOString().slice(0, 16).replace('T', ' '),
    machine: `${cores.length} cores (${cores[0]?.model ?? 'unknown'}), ${Math.round(totalmem() / 2 ** 30)} GiB, Linux ${release()}`,
    'load before': loadavg()
      .map((value) => value.toFixed(1))
      .join(' '),
    node: process.version,
    terraform: first('terraform', 'version'),
    redis: first('redis-server', '--version'),
    git: first('git', '--version'),
    commit: first('git', 'rev-parse', '--short', 'HEAD'),
  };
}
