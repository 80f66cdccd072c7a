// Runs a test runner to its report. A process that a failed test leaves behind holds the runner's pipes, and it would wait for
// that one for ever: so it gets some time after its report, and no more.
import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';

const LOOK_MS = 1000;
const AFTER_REPORT_MS = 45_000;
const AT_MOST_MS = 40 * 60_000;
/** In the environment of the runner, and so of everything that it starts. */
const MARK = 'HOLDFAST_TEST_RUN';

/** What to run, with its arguments and environment, and the JSON file that it writes last. */
export interface Runner {
  readonly command: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly report: string;
  /** Patience in ms, after its report and in all. */
  readonly afterReportMs?: number;
  readonly atMostMs?: number;
}

/** How it ended. */
export interface RunnerEnd {
  readonly mark: string;
  readonly status: number | string;
  readonly isReported: boolean;
  readonly problem: string | null;
}

/**
 * Resolves with `mark` (what its processes are known by), `status` (exit code, or the signal's name), `isReported` (ended by us
 * after its report lay there) and `problem` (a line for people, or null).
 */
export async function runToReport(runner: Runner): Promise<RunnerEnd> {
  const { command, args, env, report, afterReportMs = AFTER_REPORT_MS, atMostMs = AT_MOST_MS } = runner;
  const mark = randomUUID();
  const child = spawn(command, args, { stdio: 'inherit', env: { ...env, [MARK]: mark } });
  const ended = new Promise<number | string>((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code, signal) => resolve(code ?? signal ?? 'unknown'));
  });
  const from = Date.now();
  let reportedAt: number | null = null;
  let problem: string | null = null;
  let isReported = false;
  const timer = setInterval(() => {
    reportedAt ??= isWhole(report) ? Date.now() : null;
    if (reportedAt !== null && Date.now() - reportedAt > afterReportMs) {
      isReported = true;
      problem = `the test runner did not end ${afterReportMs / 1000} s after its report; it was ended`;
    } else if (Date.now() - from > atMostMs) {
      problem = `the test runner did not end within ${atMostMs / 60_000} minutes; it was ended`;
    } else return;
    clearInterval(timer);
    child.kill('SIGKILL');
  }, LOOK_MS);
  const status = await ended;
  clearInterval(timer);
  return { mark, status, isReported, problem };
}

/** Ends every process that carries the mark; answers a line for each. Linux only; elsewhere there is nothing to look at. */
export function endLeftovers(mark: string): string[] {
  const lines: string[] = [];
  for (const name of listProcesses()) {
    if (Number(name) === process.pid || !read(`/proc/${name}/environ`).split('\0').includes(`${MARK}=${mark}`))
      continue;
    lines.push(`${name} ${read(`/proc/${name}/cmdline`).replaceAll('\0', ' ').trim()}`);
    try {
      process.kill(Number(name), 'SIGKILL');
    } catch {
      // It ended meanwhile.
    }
  }
  return lines;
}

function isWhole(report: string): boolean {
  try {
    JSON.parse(readFileSync(report, 'utf8'));
    return true;
  } catch {
    return false;
  }
}

function listProcesses(): string[] {
  try {
    return readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  } catch {
    return [];
  }
}

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}
