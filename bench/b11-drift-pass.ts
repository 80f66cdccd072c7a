import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { findBinary } from '../test/support/find-binary.ts';
import { withPlace } from './harness/bench-place.ts';
import { recordedAt } from './harness/instance.ts';
import { atLeast, type BenchOptions, type BenchRow, median, valueAtMost } from './harness/report.ts';
import { openTinyStacks, type TinyInstance } from './harness/tiny-instance.ts';
import { runXargs } from './harness/xargs-loop.ts';

const LOOP = 'terraform init -input=false && terraform plan -input=false -out=tfplan && terraform show -json tfplan';

/** B11: drift checks of 200 stacks in which nothing drifted, against the loop that people write; how often we init and show. */
export async function runB11({ pairs, isQuick, say }: BenchOptions): Promise<{ rows: BenchRow[] }> {
  const count = isQuick ? 40 : 200;
  const ours: number[] = [];
  const loop: number[] = [];
  await withTiny(count, async (tiny) => {
    const parts = { stacks: tiny.stacks.names, parallel: 2, command: LOOP };
    for (let pair = 0; pair < pairs; pair++) {
      ours.push(await passAndTime(tiny));
      loop.push(await runXargs({ ...parts, dir: tiny.checkout() }));
      say(`B11 ${pair + 1}/${pairs}: ${[ours, loop].map((all) => Math.round(all.at(-1) ?? 0)).join(', ')} ms`);
    }
  });
  const called = await countCalls(count);
  const what = `a drift pass over ${count} unchanged stacks`;
  const row = { id: 'B11', what: `${what}, s; init, plan and show in a loop`, value: median(ours) / 1000 };
  const ratio = median(ours.map((ms, i) => (loop[i] ?? Number.NaN) / ms));
  return {
    rows: [
      atLeast({ ...row, baseline: median(loop) / 1000 }, ratio, 3),
      valueAtMost({ id: 'B11', what: `${what}: init`, value: called.init }, 0, 'calls'),
      valueAtMost({ id: 'B11', what: `${what}: show`, value: called.show }, 0, 'calls'),
    ],
  };
}

async function withTiny<T>(count: number, act: (tiny: TinyInstance) => Promise<T>): Promise<T> {
  return withPlace(async (dir) => {
    const tiny = await openTinyStacks(dir, { count, concurrency: 3 });
    try {
      return await act(tiny);
    } finally {
      await tiny.instance.stop();
    }
  });
}

/** A pass that is not measured, with an engine that writes down what it is called with. */
async function countCalls(count: number): Promise<{ init: number; show: number }> {
  return withPlace(async (dir) => {
    const engine = countingEngine(dir);
    const path = process.env.PATH ?? '';
    process.env.PATH = `${engine.bin}:${path}`;
    try {
      return await withTiny(count, async (tiny) => {
        engine.forget();
        await passAndTime(tiny);
        const calls = engine.calls();
        const of = (word: string) => calls.filter((call) => call === word).length;
        if (of('plan') !== count) throw new Error(`${of('plan')} plans of ${count} were counted`);
        return { init: of('init'), show: of('show') };
      });
    } finally {
      process.env.PATH = path;
    }
  });
}

/** Checks every stack; answers the ms from asking to the last recorded result. */
async function passAndTime({ instance, stacks }: TinyInstance): Promise<number> {
  const from = Date.now();
  const commit = await instance.checkDrift();
  const runs = await instance.settled(commit, stacks.names.length);
  const bad = runs.find(({ status, kind }) => status !== 'unchanged' || kind !== 'drift');
  if (bad) throw new Error(`check ${bad.id} of ${bad.stack} is ${bad.status}: ${JSON.stringify(bad.error)}`);
  return Math.max(...runs.map(recordedAt)) - from;
}

/** A `terraform` that writes down what it is called with, and becomes the real one. */
function countingEngine(dir: string) {
  const bin = join(dir, 'engine');
  const file = join(dir, 'calls');
  mkdirSync(bin);
  const script = `#!/bin/sh\necho "$1" >>'${file}'\nexec '${findBinary('terraform')}' "$@"\n`;
  writeFileSync(join(bin, 'terraform'), script, { mode: 0o755 });
  return {
    bin,
    forget: () => rmSync(file, { force: true }),
    calls: () => (existsSync(file) ? readFileSync(file, 'utf8').trim().split('\n') : []),
  };
}
