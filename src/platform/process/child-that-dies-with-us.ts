import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

/**
 * The shell keeps our pipe as fd 3 and starts the program beside a `cat` on that pipe. We die: the pipe ends, `cat`
 * ends, the program gets SIGTERM. The program dies: `wait` returns, the shell ends. The shell is killed: we see it and
 * kill what is left of its process group. Arguments are positional parameters, never shell text.
 */
const WRAPPER = 'exec 3<&0; "$@" 3<&- & p=$!; { cat <&3 >/dev/null; kill $p; } & wait $p';
const STOP_GRACE_MS = 3_000;

export interface DependentChildOptions {
  /** Absolute path of the program. */
  readonly file: string;
  readonly args: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  /** Each line of its stdout and stderr. */
  onLine(line: string): void;
}

/** A program that ends when this process ends, however it ends. */
export interface DependentChild {
  /** Process id of the wrapping shell, and id of the process group. */
  readonly pid: number;
  /** Resolves once it is gone, with a sentence how it ended. Never rejects. */
  readonly ended: Promise<string>;
  /** Asks it to end (SIGTERM), after 3 s makes it; resolves when it is gone. */
  stop(): Promise<void>;
}

/** Starts a program of ours (a database of our own, never an engine: this one is killed with its whole group). */
export function startDependentChild(options: DependentChildOptions): DependentChild {
  const child = spawn('/bin/sh', ['-c', WRAPPER, 'holdfast-child', options.file, ...options.args], {
    cwd: options.cwd,
    env: { ...options.env },
    // A session of its own: Ctrl-C in our terminal reaches only us, and its group can be ended as one.
    detached: true,
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  child.stdin.on('error', () => {});
  for (const stream of [child.stdout, child.stderr]) createInterface({ input: stream }).on('line', options.onLine);
  const ended = new Promise<string>((resolve) => {
    child.once('error', (error) => resolve(error.message));
    child.once('exit', (code, signal) => {
      // Whoever outlived the shell goes now, so that a successor finds the address free.
      child.stdin.destroy();
      killGroup(child, 'SIGKILL');
      resolve(signal === null ? `exited with code ${code}` : `killed by ${signal}`);
    });
  });
  return { pid: child.pid ?? 0, ended, stop: () => stop(child, ended) };
}

async function stop(child: ChildProcess, ended: Promise<string>): Promise<void> {
  child.stdin?.destroy();
  const timer = setTimeout(() => killGroup(child, 'SIGKILL'), STOP_GRACE_MS);
  await ended;
  clearTimeout(timer);
}

function killGroup(child: ChildProcess, signal: NodeJS.Signals): void {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, signal);
  } catch {
    // ESRCH: nobody is left, which is what was wanted.
  }
}
