import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Runs a shell script in `dir` to its end; answers the CPU seconds of all that it started. Throws where it failed. */
export function shellCpuSeconds(dir: string, script: string): number {
  const home = join(dir, 'shell-home');
  mkdirSync(home, { recursive: true });
  const [config, times] = [join(home, 'cli.tfrc'), join(home, 'times')];
  writeFileSync(config, '');
  const env = {
    PATH: process.env.PATH,
    HOME: home,
    TF_CLI_CONFIG_FILE: config,
    TF_IN_AUTOMATION: '1',
    CHECKPOINT_DISABLE: '1',
  };
  const lines = ['set -e', script, `times > '${times}'`].join('\n');
  const { status, stderr } = spawnSync('sh', ['-c', lines], { cwd: dir, env, encoding: 'utf8' });
  if (status !== 0) throw new Error(`the script ended with ${status}: ${stderr}`);
  // Two lines, of the shell and of its children: `0m0.01s 0m0.02s`, user and system.
  const [, children = ''] = readFileSync(times, 'utf8').trim().split('\n');
  return [...children.matchAll(/(\d+)m([\d.]+)s/g)].reduce((sum, [, m, s]) => sum + Number(m) * 60 + Number(s), 0);
}
