import { spawn } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** What people write instead: a shell command in every stack's folder, some at a time. */
export interface XargsLoop {
  /** The checkout. */
  readonly dir: string;
  readonly stacks: readonly string[];
  readonly parallel: number;
  /** Run by sh in the stack's folder. */
  readonly command: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** Runs it to the end; answers how long it took, in ms. Throws where a command failed. */
export async function runXargs(loop: XargsLoop): Promise<number> {
  const home = join(loop.dir, '..', 'baseline-home');
  mkdirSync(home, { recursive: true });
  const cliConfig = join(home, 'cli.tfrc');
  writeFileSync(cliConfig, '');
  const env = {
    PATH: process.env.PATH,
    HOME: home,
    TF_CLI_CONFIG_FILE: cliConfig,
    TF_IN_AUTOMATION: '1',
    CHECKPOINT_DISABLE: '1',
    ...loop.env,
  };
  const script = `cd "$1" && { ${loop.command}; }`;
  const args = ['-P', String(loop.parallel), '-n', '1', 'sh', '-c', script, 'sh'];
  const from = performance.now();
  const child = spawn('xargs', args, { cwd: loop.dir, env, stdio: ['pipe', 'ignore', 'inherit'] });
  child.stdin.end(`${loop.stacks.join('\n')}\n`);
  const code = await new Promise((resolve, reject) => child.once('exit', resolve).once('error', reject));
  if (code !== 0) throw new Error(`xargs ended with ${code}`);
  return performance.now() - from;
}
