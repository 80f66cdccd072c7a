import { join } from 'node:path';
import { withPlace } from './harness/bench-place.ts';
import { EngineFloor } from './harness/engine-floor.ts';
import { atLeast, type BenchOptions, type BenchRow, median, noted } from './harness/report.ts';
import { openTinyStacks, pushAndTime } from './harness/tiny-instance.ts';
import { runXargs } from './harness/xargs-loop.ts';

const NAIVE = 'terraform init -input=false && terraform plan -input=false -out=tfplan && terraform show -json tfplan';

/**
 * B1: a push that changes 200 tiny stacks, from the webhook to the last recorded result, against what people write
 * instead: init, plan and show, two at a time. Beside it, without a goal, what terraform alone would need at least: the
 * ratio that nothing can pass on this machine.
 */
export async function runB1({ pairs, isQuick, say }: BenchOptions): Promise<{ rows: BenchRow[] }> {
  return withPlace(async (dir) => {
    const tiny = await openTinyStacks(dir, { count: isQuick ? 40 : 200, concurrency: 3 });
    const ours: number[] = [];
    const naive: number[] = [];
    const floor: number[] = [];
    const engine = await EngineFloor.open(join(dir, 'floor'), tiny.stacks);
    try {
      for (let pair = 0; pair < pairs; pair++) {
        ours.push(await pushAndTime(tiny, tiny.stacks.change()));
        naive.push(await runXargs({ dir: tiny.checkout(), stacks: tiny.stacks.names, parallel: 2, command: NAIVE }));
        floor.push(await engine.plan());
        const [us, them, least] = [ours, naive, floor].map((all) => Math.round(all.at(-1) ?? 0));
        say(`B1 ${pair + 1}/${pairs}: ${us} ms, naive ${them} ms, terraform alone ${least} ms`);
      }
    } finally {
      await engine.close();
      await tiny.instance.stop();
    }
    const ratios = (of: readonly number[]) => median(naive.map((ms, i) => ms / (of[i] ?? Number.NaN)));
    const baseline = median(naive) / 1000;
    const what = `${tiny.stacks.names.length} changed stacks, push to last result, s`;
    const least = 'the same, one tuned plan each and nothing of ours, s';
    return {
      rows: [
        atLeast({ id: 'B1', what, value: median(ours) / 1000, baseline }, ratios(ours), 3),
        noted({ id: 'B1', what: least, value: median(floor) / 1000, baseline }, ratios(floor)),
      ],
    };
  });
}
