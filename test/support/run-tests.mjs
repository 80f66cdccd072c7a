// Runs every check and prints one table and, as the last line, `N passed, N failed`. `--full`: the wider suite alone.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { endLeftovers, runToReport } from './run-to-report.ts';

const isFull = process.argv.includes('--full');
// On a machine that has everything (CI) a skipped test is a hole.
const mayNotSkip = isFull || process.env.HOLDFAST_NO_SKIPS === '1';
const dir = mkdtempSync(join(tmpdir(), 'holdfast-tests-'));
const report = join(dir, 'report.json');
let passed = 0;
let failed = 0;
let skipped = 0;

function check(name, command, args) {
  const started = Date.now();
  const result = spawnSync(command, args, { encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 });
  const seconds = ((Date.now() - started) / 1000).toFixed(1);
  const isGood = result.status === 0;
  console.log(`${isGood ? 'ok  ' : 'FAIL'}  ${name.padEnd(8)} ${seconds} s`);
  if (isGood) passed++;
  else {
    failed++;
    console.log(result.stdout, result.stderr);
  }
}

if (!isFull) {
  check('lint', 'biome', ['check', '.']);
  check('types', 'tsc', ['--noEmit']);
  check('layers', 'depcruise', ['--config', '.dependency-cruiser.mjs', 'src', 'workers']);
  check('dead', 'knip', []);
}
const env = { ...process.env, ...(isFull ? { HOLDFAST_TEST_FULL: '1' } : {}) };
const args = ['run', '--reporter=default', '--reporter=json', `--outputFile.json=${report}`];
const end = await runToReport({ command: 'vitest', args, env, report });
for (const line of endLeftovers(end.mark)) console.log(`left behind by a test, and ended: ${line}`);
try {
  const { testResults } = JSON.parse(readFileSync(report, 'utf8'));
  for (const file of testResults) {
    // A file that could not even be loaded has no tests of its own.
    if (file.status === 'failed' && file.assertionResults.length === 0) failed++;
    for (const result of file.assertionResults) {
      if (result.status === 'passed') passed++;
      else if (result.status === 'failed') failed++;
      else {
        skipped++;
        console.log(`skipped: ${result.fullName}`);
      }
    }
  }
} catch (error) {
  console.log(`the test runner left no report: ${error.message}`);
  failed++;
}
if (end.problem !== null) console.log(end.problem);
// One that did not end by itself after its report says nothing by its exit code.
if (end.status !== 0 && !end.isReported && failed === 0) {
  console.log(`the test runner ended with ${end.status}: an error outside every test`);
  failed++;
}
if (mayNotSkip && skipped > 0) {
  console.log(`${skipped} skipped where nothing may be skipped`);
  failed += skipped;
  skipped = 0;
}
rmSync(dir, { recursive: true, force: true });
console.log(`${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`);
process.exit(failed === 0 ? 0 : 1);
