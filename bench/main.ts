import { writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { runB1 } from './b1-changed-stacks.ts';
import { runB2 } from './b2-overhead.ts';
import { runB4 } from './b4-few-of-many.ts';
import { runB5 } from './b5-change-detection.ts';
import { runB6 } from './b6-materialise.ts';
import { runB9 } from './b9-queue.ts';
import { runB10 } from './b10-drift-schedule.ts';
import { runB11 } from './b11-drift-pass.ts';
import { runB13 } from './b13-push-to-result.ts';
import { benchRoot } from './harness/bench-place.ts';
import { type Benchmark, type BenchRow, formatTable } from './harness/report.ts';
import { runIdle } from './idle-footprint.ts';
import { runP15 } from './p15-bad-chat.ts';
import { runStateBackend } from './state-backend.ts';

const BENCHMARKS: Readonly<Record<string, Benchmark>> = {
  B1: runB1,
  B2: runB2,
  B4: runB4,
  B5: runB5,
  B6: runB6,
  B13: runB13,
  P15: runP15,
  B9: runB9,
  B10: runB10,
  B11: runB11,
  idle: runIdle,
  state: runStateBackend,
};

const { values } = parseArgs({
  options: {
    pairs: { type: 'string', default: '5' },
    only: { type: 'string', default: Object.keys(BENCHMARKS).join(',') },
    quick: { type: 'boolean', default: false },
  },
});
const pairs = Number(values.pairs);
const wanted = values.only.split(',');
const unknown = wanted.find((id) => BENCHMARKS[id] === undefined);
if (!Number.isInteger(pairs) || pairs < 1 || unknown !== undefined) {
  console.error(`usage: npm run bench -- [--pairs N] [--only ${Object.keys(BENCHMARKS).join(',')}] [--quick]`);
  process.exit(1);
}

const rows: BenchRow[] = [];
for (const id of wanted) {
  const run = BENCHMARKS[id];
  if (run) rows.push(...(await run({ pairs, isQuick: values.quick, say: (line) => console.error(line) })).rows);
}
console.log(formatTable(rows));
const about = { node: process.version, cores: cpus().length, folder: benchRoot(), pairs, quick: values.quick };
writeFileSync(join(import.meta.dirname, 'results.json'), `${JSON.stringify({ ...about, rows }, null, 2)}\n`);
