import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { sha256 } from '../../src/kernel/digest.ts';

/** What terraform did in one directory of a checkout. */
export interface TracedPlan {
  /** Files of the checkout that it opened, with the SHA-256 of what is in them; read off its system calls. */
  readonly opened: ReadonlyMap<string, string>;
  /** What it would do: planned changes, outputs and diagnostics, without times. */
  readonly planned: readonly string[];
}

/** Why terraform's system calls cannot be seen here; null where they can. */
export function whyNoTrace(): string | null {
  const traced = spawnSync('strace', ['-f', '-e', 'trace=openat', '-o', '/dev/null', 'terraform', 'version']);
  if (traced.error) return `strace cannot be started: ${traced.error.message}`;
  return traced.status === 0 ? null : `strace ended with ${traced.status}: ${traced.stderr}`;
}

/** init and plan in `dir` of the checkout at `root`, the plan under strace. A plan that fails is an answer, too. */
export function tracePlan(root: string, dir: string): TracedPlan {
  const scratch = mkdtempSync(join(tmpdir(), 'hf-trace-'));
  try {
    mkdirSync(join(scratch, 'home'));
    writeFileSync(join(scratch, 'cli.rc'), '');
    const env = {
      PATH: process.env.PATH,
      HOME: join(scratch, 'home'),
      TF_CLI_CONFIG_FILE: join(scratch, 'cli.rc'),
      TF_DATA_DIR: join(scratch, 'data'),
      TF_IN_AUTOMATION: '1',
      CHECKPOINT_DISABLE: '1',
    };
    const options = { cwd: join(root, dir), env, encoding: 'utf8', maxBuffer: 64 * 1024 ** 2 } as const;
    spawnSync('terraform', ['init', '-input=false', '-lockfile=readonly'], options);
    const trace = join(scratch, 'trace');
    const strace = ['-f', '-y', '-e', 'trace=openat', '-e', 'signal=none', '-o', trace];
    const plan = spawnSync('strace', [...strace, 'terraform', 'plan', '-json', '-input=false', '-lock=false'], options);
    return { opened: openedBelow(root, readFileSync(trace, 'utf8')), planned: plannedOf(plan.stdout) };
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

function openedBelow(root: string, trace: string): Map<string, string> {
  const found = new Map<string, string>();
  for (const [, path = ''] of trace.matchAll(/ = \d+<(\/[^>]*)>$/gm)) {
    const inside = relative(root, path);
    if (inside.startsWith('..') || inside === '' || inside.startsWith('.git/')) continue;
    if (statSync(path, { throwIfNoEntry: false })?.isFile()) found.set(inside, sha256(readFileSync(path)));
  }
  return found;
}

const TOLD = new Set(['planned_change', 'outputs', 'diagnostic', 'change_summary']);

function plannedOf(stdout: string): string[] {
  return stdout.split('\n').flatMap((line) => {
    if (line === '') return [];
    const { type, change, outputs, changes, diagnostic } = JSON.parse(line);
    return TOLD.has(type) ? [JSON.stringify({ type, change, outputs, changes, summary: diagnostic?.summary })] : [];
  });
}
