import type { Readable, Writable } from 'node:stream';
import { execa } from 'execa';
import { HoldfastError } from '../../kernel/errors.ts';

/** One short-lived or piped helper process (git, ssh-keyscan, …; never an engine). No shell, no inherited environment. */
export interface ToolCall {
  readonly file: string;
  readonly args: readonly string[];
  readonly cwd: string;
  /** The whole environment of the process. */
  readonly env: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
  /** Default 60 s; 0: none. */
  readonly timeoutMs?: number;
}

/** How a tool ended. `stdout` and `stderr` are complete: more than the bound is an error. */
export interface ToolResult {
  /** null where a signal ended it. */
  readonly exitCode: number | null;
  readonly stdout: Buffer;
  readonly stderr: string;
}

/** A tool that is talked to while it runs. It ends when its stdin ends, and so with its parent. */
export interface PipedTool {
  readonly stdin: Writable;
  readonly stdout: Readable;
  /** Resolves, and never rejects, with its end; `stderr` holds at most 64 KiB. */
  readonly ended: Promise<{ readonly exitCode: number | null; readonly stderr: string }>;
  kill(): void;
}

const STDERR_LIMIT = 65_536;

/**
 * Runs a tool to its end, whatever its exit code. Throws `too_large` beyond `maxBytes` of output (default 64 MiB),
 * `away` on timeout or abort, `internal` where it cannot be started.
 */
export async function runTool(call: ToolCall & { readonly maxBytes?: number }): Promise<ToolResult> {
  const maxBytes = call.maxBytes ?? 64 * 1024 ** 2;
  const result = await execa(call.file, call.args, {
    ...processOptions(call),
    stdin: 'ignore',
    encoding: 'buffer',
    maxBuffer: maxBytes,
  });
  if (result.isMaxBuffer) {
    throw new HoldfastError('too_large', `${describeCall(call)} printed more than ${maxBytes} bytes`);
  }
  if (result.timedOut || result.isCanceled) {
    throw new HoldfastError('away', `${describeCall(call)} ${result.timedOut ? 'took too long' : 'was stopped'}`);
  }
  if (result.failed && result.exitCode === undefined && result.signal === undefined) throw startError(call, result);
  return {
    exitCode: result.exitCode ?? null,
    stdout: Buffer.from(result.stdout),
    stderr: Buffer.from(result.stderr).toString('utf8'),
  };
}

/** Starts a tool whose stdin and stdout are streams of the caller's. */
export function openTool(call: ToolCall): PipedTool {
  const child = execa(call.file, call.args, {
    ...processOptions({ ...call, timeoutMs: call.timeoutMs ?? 0 }),
    stdin: 'pipe',
    buffer: false,
    encoding: 'buffer',
  });
  let stderr = '';
  child.stderr.on('data', (chunk: Buffer) => {
    if (stderr.length < STDERR_LIMIT) stderr += chunk.toString('utf8');
  });
  // A tool that is gone answers by its end, not by EPIPE.
  child.stdin.on('error', () => {});
  const ended = child.then(
    (result) => ({
      exitCode: result.exitCode ?? null,
      stderr: stderr || (result.exitCode === undefined ? (result.originalMessage ?? '') : ''),
    }),
    (error: unknown) => ({ exitCode: null, stderr: String(error) }),
  );
  return { stdin: child.stdin, stdout: child.stdout, ended, kill: () => void child.kill() };
}

function processOptions(call: ToolCall) {
  return {
    cwd: call.cwd,
    env: { ...call.env },
    extendEnv: false,
    reject: false,
    stripFinalNewline: false,
    windowsHide: true,
    forceKillAfterDelay: 5000,
    timeout: call.timeoutMs ?? 60_000,
    ...(call.signal ? { cancelSignal: call.signal } : {}),
  } as const;
}

/** Program and subcommand only: arguments may hold what must not be shown. */
function describeCall(call: ToolCall): string {
  return `${call.file} ${call.args.find((arg) => !arg.startsWith('-')) ?? ''}`.trim();
}

function startError(call: ToolCall, result: { readonly originalMessage?: string | undefined }): HoldfastError {
  return new HoldfastError('internal', `${call.file} could not be started: ${result.originalMessage ?? 'unknown'}`, {
    treatment: { kind: 'human', wayOut: `install ${call.file} and make sure that it is on PATH` },
  });
}
