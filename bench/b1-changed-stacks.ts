import { withPlace } from './harness/bench-place.ts';
import { atLeast, type BenchOptions, type BenchRow, median } from './harness/report.ts';
import { openTinyStacks, pushAndTime } from './harness/tiny-instance.ts';
import { runXargs } from './harness/xargs-loop.ts';

const NAIVE = 'terraform init -input=false && terraform plan -input=false -out=tfplan && terraform show -json tfplan';

/**
 * B1: a push that changes 200 tiny stacks, from the webhook to the last recorded result, against what people write
 * instead: init, plan and show, two at a time.
 */
export async function runB1({ pairs, isQuick, say }: BenchOptions): Promise<{ rows: BenchRow[] }> {
  return withPlace(async (dir) => {
    const tiny = await openTinyStacks(dir, { count: isQuick ? 40 : 200, concurrency: 3 });
    const ours: number[] = [];
    const naive: number[] = [];
    try {
      for (let pair = 0; pair < pairs; pair++) {
        ours.push(await pushAndTime(tiny, tiny.stacks.change()));
        naive.push(await runXargs({ dir: tiny.checkout(), stacks: tiny.stacks.names, parallel: 2, command: NAIVE }));
        say(`B1 ${pair + 1}/${pairs}: ${Math.round(ours.at(-1) ?? 0)} ms, naive ${Math.round(naive.at(-1) ?? 0)} ms`);
      }
    } finally {
      await tiny.instance.stop();
    }
    const ratios = naive.map((ms, i) => ms / (ours[i] ?? Number.NaN));
    const what = `${tiny.stacks.names.length} changed stacks, push to last result, s`;
    const row = { id: 'B1', what, value: median(ours) / 1000, baseline: median(naive) / 1000 };
    return { rows: [atLeast(row, median(ratios), 3)] };
  });
}
