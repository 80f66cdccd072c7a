import { writeFileSync } from 'node:fs';
import { type ChaosOptions, readOptions } from './harness/chaos-options.ts';
import { describeMachine } from './harness/machine.ts';
import { isWhole } from './harness/promise-result.ts';
import { runSuite } from './harness/run-suite.ts';
import { formatMarkdown, formatTable } from './harness/suite-report.ts';
import { PROMISES } from './promises.ts';
import { TRACK_RECORD } from './track-record.ts';

const options = readArguments();
const machine = describeMachine();
const started = performance.now();
const say = (line: string) =>
  console.error(`${((performance.now() - started) / 1000).toFixed(0).padStart(5)} s  ${line}`);
const stop = new AbortController();
// A second Ctrl-C ends it as it would any program.
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => {
    say('stopping: what is under way is ended and removed');
    stop.abort();
  });
}
const record = options.isSeeded ? [] : TRACK_RECORD;
say(`seed ${options.seed}`);
const results = await runSuite({ ...options, record, signal: stop.signal, say });
const seconds = (performance.now() - started) / 1000;
const command =
  `npm run chaos ${process.argv.slice(2).length > 0 ? `-- ${process.argv.slice(2).join(' ')}` : ''}`.trim();
const report = { seed: options.seed, command, machine, seconds, results };
if (options.report !== null) {
  writeFileSync(`${options.report}.md`, formatMarkdown(report));
  writeFileSync(`${options.report}.json`, `${JSON.stringify(report, null, 2)}\n`);
}
console.log(formatTable(results));
process.exit(results.every(isWhole) ? 0 : 1);

function readArguments(): ChaosOptions {
  try {
    return readOptions(process.argv.slice(2), PROMISES);
  } catch (error) {
    console.error((error as Error).message);
    return process.exit(1);
  }
}
