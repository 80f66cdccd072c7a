import { type ChildProcess, spawn } from 'node:child_process';
import { resolve } from 'node:path';
import { until } from '../until.ts';

const BIN = resolve(import.meta.dirname, '../../../bin/holdfast.mjs');

/** What `up`, `serve` and `worker` print with `--json` once they are up. */
export interface Ready {
  readonly address: string;
  readonly pid: number;
}

/** How a program ended: its exit code, or the name of the signal. */
export type End = number | NodeJS.Signals;

/** `bin/holdfast.mjs` as a real process. */
export interface Program {
  readonly pid: number;
  readonly stdout: () => string;
  readonly stderr: () => string;
  readonly ended: Promise<End>;
  /** Resolves with what it printed when it was up; rejects where it ended before, or after `timeoutMs` (a minute). */
  ready(timeoutMs?: number): Promise<Ready>;
  signal(name: NodeJS.Signals): void;
}

export interface ProgramOptions {
  readonly cwd: string;
  /** The whole environment. */
  readonly env: Readonly<Record<string, string>>;
}

/** Starts the program; nothing of this process's own environment reaches it. */
export function startProgram(args: readonly string[], { cwd, env }: ProgramOptions): Program {
  const child = spawn(process.execPath, [BIN, ...args], { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] });
  const stdout = collect(child, 'stdout');
  const stderr = collect(child, 'stderr');
  let end: End | null = null;
  const ended = new Promise<End>((done) => {
    child.once('close', (code, signal) => {
      end = code ?? signal ?? 1;
      done(end);
    });
  });
  const say = () => `holdfast ${args.join(' ')}\n${stdout()}\n${stderr().slice(-4000)}`;
  return {
    pid: child.pid ?? 0,
    stdout,
    stderr,
    ended,
    ready: (timeoutMs = 60_000) =>
      until(() => {
        if (end !== null) throw new Error(`it ended with ${end} before it was up: ${say()}`);
        return stdout().endsWith('}\n') ? (JSON.parse(stdout()) as Ready) : null;
      }, timeoutMs),
    signal(name) {
      if (end === null) child.kill(name);
    },
  };
}

/** Runs the program to its end. */
export async function runProgram(args: readonly string[], options: ProgramOptions) {
  const program = startProgram(args, options);
  const exit = await program.ended;
  return { exit, stdout: program.stdout(), stderr: program.stderr() };
}

function collect(child: ChildProcess, name: 'stdout' | 'stderr'): () => string {
  const chunks: Buffer[] = [];
  child[name]?.on('data', (chunk: Buffer) => chunks.push(chunk));
  return () => Buffer.concat(chunks).toString('utf8');
}
