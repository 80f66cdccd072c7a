import { clean } from '../api/text/clean.ts';
import type { OutStream } from './out-stream.ts';

/** What a waiting command tells meanwhile, on stderr. */
export interface Progress {
  /** What is going on now. */
  update(text: string): void;
  /** Takes the line away. */
  end(): void;
}

/** On a terminal one line that is written over; elsewhere a line for each new text. */
export function createProgress(stderr: OutStream): Progress {
  let last = '';
  const isTerminal = stderr.isTTY === true;
  return {
    update(text) {
      const line = clean(text, Math.max(20, (stderr.columns ?? 80) - 1));
      if (line === last) return;
      last = line;
      stderr.write(isTerminal ? `\r\u001b[K${line}` : `${line}\n`);
    },
    end() {
      if (isTerminal && last !== '') stderr.write('\r\u001b[K');
      last = '';
    },
  };
}
