import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { endLeftovers, runToReport } from './support/run-to-report.ts';

/** A runner that writes its report at once, leaves a process behind, and then waits for ever, or ends with 3. */
const RUNNER = `
  const { spawn } = require('node:child_process'), { writeFileSync } = require('node:fs');
  const [report, place, ends] = process.argv.slice(1);
  const left = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { detached: true, stdio: 'ignore' });
  writeFileSync(place, String(left.pid));
  writeFileSync(report, '{}');
  if (ends === 'ends') process.exit(3);
  setInterval(() => {}, 1000);
`;
let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'hf-report-'));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

function run(how: 'ends' | 'hangs', limits: { afterReportMs?: number; atMostMs?: number }, named = 'report.json') {
  const args = ['-e', RUNNER, join(dir, named), join(dir, 'pid'), how];
  return runToReport({
    command: process.execPath,
    args,
    env: process.env,
    report: join(dir, 'report.json'),
    ...limits,
  });
}

test('a runner that hangs behind its report is ended, and so is what its tests left', async () => {
  const end = await run('hangs', { afterReportMs: 10 });
  expect(end).toMatchObject({
    status: 'SIGKILL',
    isReported: true,
    problem: expect.stringContaining('after its report'),
  });
  const pid = Number(readFileSync(join(dir, 'pid'), 'utf8'));
  expect(endLeftovers(end.mark)).toEqual([expect.stringMatching(new RegExp(`^${pid} `))]);
  await expect.poll(() => isRunning(pid)).toBe(false);
  expect(endLeftovers(end.mark)).toEqual([]);
});

test('one that ends by itself tells its own status', async () => {
  const end = await run('ends', {});
  expect(end).toMatchObject({ status: 3, isReported: false, problem: null });
  expect(endLeftovers(end.mark)).toHaveLength(1);
});

test('one without a report is ended where it takes too long', async () => {
  const end = await run('hangs', { atMostMs: 500 }, 'another.json');
  expect(end).toMatchObject({
    status: 'SIGKILL',
    isReported: false,
    problem: expect.stringContaining('did not end within'),
  });
  endLeftovers(end.mark);
});

/** A killed process may stay as a zombie where nobody waits for it. */
function isRunning(pid: number): boolean {
  try {
    return !/^\d+ \(.*\) Z/.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
}
