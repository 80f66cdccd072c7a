import colors from 'picocolors';
import { cleanJson } from '../api/text/clean.ts';
import { type Paint, plainPaint } from '../api/text/paint.ts';
import type { Environment } from '../config/environment.ts';
import type { CommandResult } from './command-result.ts';
import { wantsColour } from './global-options.ts';
import type { OutStream } from './out-stream.ts';

export interface OutputOptions {
  readonly json: boolean;
  readonly stdout: OutStream;
  readonly stderr: OutStream;
  readonly env: Environment;
  /** Epoch ms, for `3 min ago`. */
  now(): number;
}

/** Where a command speaks: results to stdout, everything else to stderr. A reader that went away is no error. */
export interface Output {
  readonly json: boolean;
  readonly isTerminal: boolean;
  /** Aborted when nobody reads stdout any more (`| head`). */
  readonly gone: AbortSignal;
  /** Prints a result in the form that was asked for. With `--json` only the first one: one document, ever. */
  result(result: Pick<CommandResult, 'json' | 'text'>): void;
  /** Text or bytes to stdout as they are; dropped with `--json`. */
  raw(chunk: string | Uint8Array): void;
  /**
   * Bytes that are the document itself: to stdout as they are, with `--json` too, where nothing else follows them. Resolves
   * when they were taken, or nobody reads: none are held for a slow reader, or lost where the process ends next.
   */
  bytes(chunk: Uint8Array): Promise<void>;
  /** One line to stderr. */
  say(line: string): void;
  /** One warning to stderr. */
  warn(line: string): void;
  readonly errPaint: Paint;
}

const coloured = colors.createColors(true);
const colourPaint: Paint = {
  strong: coloured.bold,
  faint: coloured.dim,
  good: coloured.green,
  bad: coloured.red,
  caution: coloured.yellow,
  note: coloured.cyan,
};

/** Output over two streams. */
export function createOutput(options: OutputOptions): Output {
  const { json, stdout, stderr, env } = options;
  const gone = new AbortController();
  const onError = (error: Error) => gone.abort(error);
  stdout.on('error', onError);
  stderr.on('error', () => {});
  const paint = wantsColour(env, stdout.isTTY === true) ? colourPaint : plainPaint;
  const errPaint = wantsColour(env, stderr.isTTY === true) ? colourPaint : plainPaint;
  let isJsonPrinted = false;
  const write = (chunk: string | Uint8Array) => {
    if (!gone.signal.aborted && chunk.length > 0) stdout.write(chunk);
  };
  return {
    json,
    isTerminal: stdout.isTTY === true,
    gone: gone.signal,
    errPaint,
    result(result) {
      const width = stdout.isTTY === true && stdout.columns !== undefined ? { width: stdout.columns } : {};
      if (!json) return write(result.text({ paint, now: options.now(), ...width }));
      if (result.json === undefined || isJsonPrinted) return;
      isJsonPrinted = true;
      write(`${cleanJson(result.json)}\n`);
    },
    raw(chunk) {
      if (!json) write(chunk);
    },
    async bytes(chunk) {
      isJsonPrinted = true;
      if (!gone.signal.aborted && chunk.length > 0) await taken(stdout, chunk, gone.signal);
    },
    say(line) {
      stderr.write(`${line}\n`);
    },
    warn(line) {
      stderr.write(`${errPaint.caution('warning:')} ${line}\n`);
    },
  };
}

function taken(stdout: OutStream, chunk: Uint8Array, gone: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      gone.removeEventListener('abort', done);
      resolve();
    };
    gone.addEventListener('abort', done);
    stdout.write(chunk, done);
  });
}
