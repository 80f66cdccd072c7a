import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { withPlace } from './harness/bench-place.ts';
import { recordedAt } from './harness/instance.ts';
import { type BenchOptions, type BenchRow, noted, percentile, valueAtMost } from './harness/report.ts';
import { openTinyStacks, type TinyInstance } from './harness/tiny-instance.ts';
import { runXargs } from './harness/xargs-loop.ts';

/** What a script would do on each push. */
const SCRIPT =
  'git clone --quiet --depth 1 "file://$REPOSITORY" . && cd stack-0000 && terraform init -input=false && terraform plan -input=false -out=tfplan';

/** B13: one changed stack, from the moment the webhook is sent to its recorded result; beside it clone, init and plan. */
export async function runB13({ pairs, isQuick, say }: BenchOptions): Promise<{ rows: BenchRow[] }> {
  return withPlace(async (dir) => {
    const tiny = await openTinyStacks(dir, { count: 20, concurrency: 2 });
    const ours: number[] = [];
    const script: number[] = [];
    try {
      const pushes = isQuick ? 5 : 6 * pairs;
      for (let push = 0; push < pushes; push++) {
        ours.push(await pushOne(tiny));
        script.push(await cloneAndPlan(tiny, dir, `clone-${push}`));
      }
      say(`B13: ${ours.map(Math.round).join(' ')} ms`);
    } finally {
      await tiny.instance.stop();
    }
    const half = percentile(ours, 0.5);
    const scripted = percentile(script, 0.5);
    const p50 = valueAtMost({ id: 'B13', what: 'push to recorded result, p50, ms', value: half }, 150, 'ms');
    return {
      rows: [
        { ...p50, baseline: scripted, ratio: half / scripted },
        noted({ id: 'B13', what: 'push to recorded result, p95, ms', value: percentile(ours, 0.95), baseline: null }),
      ],
    };
  });
}

async function pushOne({ instance, stacks }: TinyInstance): Promise<number> {
  const commit = stacks.change(stacks.names.slice(0, 1));
  const from = Date.now();
  await instance.hook('tiny', commit);
  const [run] = await instance.settled(commit, 1);
  if (run?.status !== 'awaiting_approval') throw new Error(`the run is ${run?.status}: ${JSON.stringify(run?.error)}`);
  return recordedAt(run) - from;
}

function cloneAndPlan({ stacks }: TinyInstance, dir: string, name: string): Promise<number> {
  const env = { REPOSITORY: stacks.repository.dir };
  mkdirSync(join(dir, name));
  return runXargs({ dir, stacks: [name], parallel: 1, command: SCRIPT, env });
}
