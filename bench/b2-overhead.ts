import { withPlace } from './harness/bench-place.ts';
import { TUNED } from './harness/engine-floor.ts';
import { atMost, type BenchOptions, type BenchRow, median, noted } from './harness/report.ts';
import { openTinyStacks, pushAndTime } from './harness/tiny-instance.ts';
import { runXargs } from './harness/xargs-loop.ts';

const PLAN = 'terraform plan -json -input=false -out=tfplan';
const PARALLEL = 3;

/**
 * B2: what the whole product costs on top of terraform: a push that touches 200 tiny stacks whose plans find nothing,
 * against terraform alone, as many at a time, with Go's default settings (and with tuned ones, without a goal).
 */
export async function runB2({ pairs, isQuick, say }: BenchOptions): Promise<{ rows: BenchRow[] }> {
  return withPlace(async (dir) => {
    const tiny = await openTinyStacks(dir, { count: isQuick ? 40 : 200, concurrency: PARALLEL });
    const ours: number[] = [];
    const plain: number[] = [];
    const tuned: number[] = [];
    try {
      const loop = { stacks: tiny.stacks.names, parallel: PARALLEL, command: PLAN };
      await runXargs({ ...loop, dir: tiny.checkout(), command: 'terraform init -input=false' });
      for (let pair = 0; pair < pairs; pair++) {
        ours.push(await pushAndTime(tiny, tiny.stacks.touch()));
        plain.push(await runXargs({ ...loop, dir: tiny.checkout() }));
        tuned.push(await runXargs({ ...loop, dir: tiny.checkout(), env: TUNED }));
        say(`B2 ${pair + 1}/${pairs}: ${[ours, plain, tuned].map((all) => Math.round(all.at(-1) ?? 0)).join(', ')} ms`);
      }
    } finally {
      await tiny.instance.stop();
    }
    const ratios = (baseline: readonly number[]) => ours.map((ms, i) => ms / (baseline[i] ?? Number.NaN));
    const row = { id: 'B2', value: median(ours) / 1000 };
    const what = `${tiny.stacks.names.length} plans, push to last result, s;`;
    return {
      rows: [
        atMost({ ...row, what: `${what} terraform plan`, baseline: median(plain) / 1000 }, median(ratios(plain)), 1.1),
        noted({ ...row, what: `${what} tuned plan`, baseline: median(tuned) / 1000 }, median(ratios(tuned))),
      ],
    };
  });
}
