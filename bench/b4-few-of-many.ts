import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { withPlace } from './harness/bench-place.ts';
import { BenchInstance, hookedRepository } from './harness/instance.ts';
import { measureTree } from './harness/process-tree.ts';
import { atLeast, type BenchOptions, type BenchRow, median } from './harness/report.ts';
import { shellCpuSeconds } from './harness/shell-cpu.ts';
import { makeWideRepository, type WideRepository } from './harness/wide-repository.ts';

const CALLERS = 13;
/** So many of all stacks are planned for the figure of planning all. */
const SAMPLE = 40;
const WARM_UP = 8;

/**
 * B4: a push that changes a module which 13 of 1,000 stacks call, through a whole instance (detection, queue, sources, plans,
 * records), in CPU seconds of all its processes; against planning every stack, and against a clone, init and plan for
 * each of the 13. The plans find nothing: where one finds something, `show` is a second process for each of us.
 */
export async function runB4({ pairs, isQuick, say }: BenchOptions): Promise<{ rows: BenchRow[] }> {
  return withPlace(async (dir) => {
    const count = isQuick ? 100 : 1000;
    const wide = makeWideRepository(join(dir, 'wide'), { stacks: count, callers: CALLERS, isIdle: true });
    const checkout = join(dir, 'checkout');
    execFileSync('git', ['clone', '--quiet', wide.dir, checkout]);
    const sample = wide.stacks.filter((_, i) => i % Math.ceil(count / SAMPLE) === 0);
    shellCpuSeconds(checkout, forEach(sample, 'terraform init -input=false'));
    const instance = await BenchInstance.start(join(dir, 'instance'), {
      repositories: [{ ...hookedRepository('wide', wide.dir), first_sight: 'ignore' }],
      workers: { count: 1, concurrency: 2 },
    });
    const ours: number[] = [];
    const all: number[] = [];
    const clones: number[] = [];
    try {
      await instance.watching(1);
      // The first plan of a stack needs init, and the first pushes compile our own code.
      for (let push = 0; push < WARM_UP; push++) await pushOnce(instance, wide);
      for (let pair = 0; pair < pairs; pair++) {
        ours.push(await pushOnce(instance, wide));
        const planned = shellCpuSeconds(checkout, forEach(sample, 'terraform plan -input=false -out=tfplan'));
        all.push((planned / sample.length) * count);
        clones.push(shellCpuSeconds(dir, wide.callers.map((stack) => clonePlan(wide, stack)).join('\n')));
        say(
          `B4 ${pair + 1}/${pairs}: ${[ours, all, clones].map((list) => (list.at(-1) ?? 0).toFixed(2)).join(', ')} s`,
        );
      }
    } finally {
      await instance.stop();
    }
    const ratio = (baseline: readonly number[]) => median(ours.map((s, i) => (baseline[i] ?? Number.NaN) / s));
    const row = { id: 'B4', value: median(ours) };
    const what = `push that touches ${CALLERS} of ${count} stacks, CPU s;`;
    return {
      rows: [
        atLeast({ ...row, what: `${what} planning all`, baseline: median(all) }, ratio(all), 50),
        atLeast({ ...row, what: `${what} a clone for each`, baseline: median(clones) }, ratio(clones), 3),
      ],
    };
  });
}

/** Pushes, waits for the results, checks that they are those of the callers; answers the CPU seconds that it took. */
async function pushOnce(instance: BenchInstance, wide: WideRepository): Promise<number> {
  const before = measureTree(instance.pid).cpuMs;
  const commit = wide.touchModule();
  await instance.hook('wide', commit);
  const runs = await instance.settled(commit, wide.callers.length);
  const planned = runs.map(({ stack }) => stack).sort();
  if (planned.join() !== wide.callers.join()) throw new Error(`planned were ${planned.join(', ')}`);
  return (measureTree(instance.pid).cpuMs - before) / 1000;
}

function forEach(stacks: readonly string[], command: string): string {
  return stacks.map((stack) => `(cd '${stack}' && ${command})`).join('\n');
}

function clonePlan(wide: WideRepository, stack: string): string {
  const inside = `cd 'one/${stack}' && terraform init -input=false && terraform plan -input=false -out=tfplan`;
  return `git clone --quiet --depth 1 'file://${wide.dir}' one\n(${inside})\nrm -rf one`;
}
