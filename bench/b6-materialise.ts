import { execFileSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { systemClock } from '../src/kernel/clock.ts';
import { openGitObjects } from '../src/platform/git/local-objects.ts';
import { prepareGitHome } from '../src/platform/git/remote-files.ts';
import { unpackSource } from '../workers/steps/unpack-source.ts';
import { withPlace } from './harness/bench-place.ts';
import { atLeast, type BenchOptions, type BenchRow, median } from './harness/report.ts';
import { makeWideRepository } from './harness/wide-repository.ts';

/**
 * B6: the files of one stack of 1,000 on disk, from the bare mirror: the proven closure and the whole tree, against
 * `git clone --depth 1` and `git worktree add`.
 */
export async function runB6({ pairs, isQuick, say }: BenchOptions): Promise<{ rows: BenchRow[] }> {
  return withPlace(async (dir) => {
    const count = isQuick ? 100 : 1000;
    const wide = makeWideRepository(join(dir, 'wide'), { stacks: count, callers: 13 });
    const home = join(dir, 'home');
    await prepareGitHome(home);
    const tool = { binary: 'git', hostEnv: { PATH: process.env.PATH }, home };
    const objects = openGitObjects({ tool, dir: wide.dir, clock: systemClock });
    const head = wide.head();
    const closure = [wide.callers[0] ?? '', 'modules/shared'];
    const place = join(dir, 'place');
    const ways = {
      closure: () => unpackSource(objects.archive(head, closure), place),
      tree: () => unpackSource(objects.archive(head, null), place),
      clone: async () => void git(dir, 'clone', '--quiet', '--depth', '1', `file://${wide.dir}`, place),
      worktree: async () => void git(wide.dir, 'worktree', 'add', '--quiet', '--detach', place, head),
    };
    const times: Record<keyof typeof ways, number[]> = { closure: [], tree: [], clone: [], worktree: [] };
    try {
      for (let pair = -2; pair < 3 * pairs; pair++) {
        for (const [name, way] of Object.entries(ways) as [keyof typeof ways, () => Promise<void>][]) {
          const from = performance.now();
          await way();
          if (pair >= 0) times[name].push(performance.now() - from);
          rmSync(place, { recursive: true });
          if (name === 'worktree') git(wide.dir, 'worktree', 'prune');
        }
      }
    } finally {
      await objects.close();
    }
    const told = Object.entries(times).map(([name, all]) => `${name} ${median(all).toFixed(1)}`);
    say(`B6: ${told.join(', ')} ms`);
    const row = (ours: 'closure' | 'tree', other: 'clone' | 'worktree', goal: number) => {
      const baseline = median(times[other]);
      const ratio = median(times[other].map((ms, i) => ms / (times[ours][i] ?? Number.NaN)));
      const what = `${ours} of one stack of ${count} on disk, ms; ${other}`;
      return atLeast({ id: 'B6', what, value: median(times[ours]), baseline }, ratio, goal);
    };
    return {
      rows: [row('closure', 'clone', 8), row('closure', 'worktree', 5), row('tree', 'clone', 1.3)],
    };
  });
}

function git(cwd: string, ...args: string[]): void {
  execFileSync('git', args, { cwd, stdio: 'ignore' });
}
