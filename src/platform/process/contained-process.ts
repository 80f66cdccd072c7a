import { type ChildProcess, spawn } from 'node:child_process';
import { type Clock, sleep } from '../../kernel/clock.ts';
import { findContainment } from './containment.ts';
import { killProcesses, membersOf, useOf } from './process-tree.ts';

/** Bounds of a stranger's program. */
export interface ContainedLimits {
  readonly timeMs: number;
  readonly outputBytes: number;
  readonly memoryBytes: number;
  readonly processes: number;
}

export interface ContainedCall {
  /** Program and arguments; never shell text of ours. */
  readonly command: readonly [string, ...string[]];
  readonly cwd: string;
  /** The whole environment. */
  readonly env: Readonly<Record<string, string>>;
  /** The only folder that can be written, where the host lets us say so. */
  readonly writable: string;
  readonly limits: ContainedLimits;
  readonly clock: Clock;
  readonly signal?: AbortSignal;
}

/** Why it was ended, if it did not end by itself. */
export type ContainedStop = 'canceled' | 'timeout' | 'output' | 'memory' | 'processes';

export interface ContainedEnd {
  /** null where a signal ended it. */
  readonly exitCode: number | null;
  readonly stopped: ContainedStop | null;
  /** stdout and stderr as they came: the first 32 KiB and the last 32 KiB. */
  readonly output: string;
  /** Bytes printed in all. */
  readonly outputBytes: number;
  /** Whether it could write nowhere but in `writable`, and was alone in a process namespace. */
  readonly isWalled: boolean;
}

/** Marks every process that descends from ours, whatever session it makes for itself. */
const MARK = 'HOLDFAST_CONTAINED';
const LOOK_MS = 100;
const KEPT_BYTES = 32 * 1024;

/**
 * The shell keeps our pipe as fd 3: when we die, it ends, and the whole group is killed. Limits that only a process can set
 * for itself: no core files, no file above 1 GiB, no more than an hour of one processor.
 */
const WRAPPER =
  'ulimit -c 0; ulimit -f 2097152; ulimit -t 3600; exec 3<&0; "$@" 3<&- </dev/null & p=$!; { cat <&3 >/dev/null; kill -9 0; } 3<&3 >/dev/null 2>&1 & wait $p';

/**
 * Runs a stranger's program to its end and leaves nothing of it behind: forks, daemons and sessions of its own included. Where
 * the host has namespaces it sees a read-only file system but for one folder and can be killed at one blow; elsewhere its
 * descendants are found by a mark in their environment. Throws what `spawn` throws.
 */
export async function runContained(call: ContainedCall): Promise<ContainedEnd> {
  const wall = await findContainment();
  const mark = `${process.pid}-${call.clock.now()}-${nextMark++}`;
  const argv = [...wall.wrap(call.writable), ...call.command];
  const child = spawn('/bin/sh', ['-c', WRAPPER, 'holdfast-contained', ...argv], {
    cwd: call.cwd,
    env: { ...call.env, [MARK]: mark },
    detached: true,
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  child.stdin?.on('error', () => {});
  const output = new BoundedOutput();
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk: Buffer) => output.add(chunk));
  const ended = endOf(child);
  const over = new AbortController();
  const marked = () => membersOf(child.pid ?? 0, `${MARK}=${mark}`);
  // In a namespace all of them descend from the shell while it lives.
  const members = wall.isPid ? () => membersOf(child.pid ?? 0, null) : marked;
  const guard = watch(call, output, members, over.signal).then((stopped) => {
    if (stopped !== null) killProcesses(members);
    return stopped;
  });
  const exitCode = await ended.finally(() => {
    over.abort();
    child.stdin?.destroy();
    killProcesses(marked);
    child.stdout?.destroy();
    child.stderr?.destroy();
  });
  return {
    exitCode,
    stopped: await guard,
    output: output.text(),
    outputBytes: output.bytes,
    isWalled: wall.isPid,
  };
}

let nextMark = 1;

/** Resolves when the program has ended and what it printed has been read, as far as nobody else holds its pipes. */
function endOf(child: ChildProcess): Promise<number | null> {
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code) => {
      const done = () => resolve(code);
      child.once('close', done);
      // A descendant that keeps the pipes open must not keep us.
      setTimeout(done, 200).unref();
    });
  });
}

async function watch(
  call: ContainedCall,
  output: BoundedOutput,
  members: () => number[],
  over: AbortSignal,
): Promise<ContainedStop | null> {
  const { clock, limits, signal } = call;
  const since = clock.now();
  const either = signal ? AbortSignal.any([over, signal]) : over;
  for (;;) {
    await sleep(clock, LOOK_MS, either);
    if (over.aborted) return null;
    if (signal?.aborted) return 'canceled';
    if (output.bytes > limits.outputBytes) return 'output';
    if (clock.now() - since > limits.timeMs) return 'timeout';
    const use = useOf(members());
    if (use.processes > limits.processes) return 'processes';
    if (use.memoryBytes > limits.memoryBytes) return 'memory';
  }
}

class BoundedOutput {
  bytes = 0;
  #head = Buffer.alloc(0);
  #tail = Buffer.alloc(0);

  add(chunk: Buffer): void {
    this.bytes += chunk.length;
    const room = KEPT_BYTES - this.#head.length;
    if (room > 0) this.#head = Buffer.concat([this.#head, chunk.subarray(0, room)]);
    if (chunk.length > room) {
      const rest = Buffer.concat([this.#tail, chunk.subarray(Math.max(0, room))]);
      this.#tail = Buffer.from(rest.subarray(Math.max(0, rest.length - KEPT_BYTES)));
    }
  }

  text(): string {
    const left = this.bytes - this.#head.length - this.#tail.length;
    const gap = left > 0 ? `\n… ${left} bytes left out …\n` : '';
    return `${this.#head.toString('utf8')}${gap}${this.#tail.toString('utf8')}`;
  }
}
