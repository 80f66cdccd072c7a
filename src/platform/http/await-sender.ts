import type { IncomingMessage } from 'node:http';
import type { Clock } from '../../kernel/clock.ts';
import { releaseBytes } from '../../kernel/release-bytes.ts';

/** How long a sender is listened to whose words count for nothing. */
export interface Patience {
  readonly longestMs: number;
  /** Silence after which it is taken to wait for the answer, or to be gone. */
  readonly silenceMs: number;
  readonly mostBytes: number;
}

const PATIENCE: Patience = { longestMs: 10_000, silenceMs: 250, mostBytes: 256 * 1024 ** 2 };

/**
 * Reads and drops a body that is refused, until its sender is done or waits; ten seconds or 256 MiB at most (`patience`).
 * Many clients send all before they read: a connection that is closed at once reaches them as a broken pipe, and not as
 * the answer.
 */
export function awaitSender(request: IncomingMessage, clock: Clock, patience = PATIENCE): Promise<void> {
  if (request.complete || request.destroyed) return Promise.resolve();
  return new Promise((resolve) => {
    let bytes = 0;
    const end = () => {
      cancelLongest();
      cancelSilence();
      request.off('data', onData).off('end', end).off('close', end);
      resolve();
    };
    const onData = (chunk: Buffer) => {
      bytes += chunk.length;
      releaseBytes(chunk);
      cancelSilence();
      if (bytes > patience.mostBytes) return end();
      cancelSilence = clock.after(patience.silenceMs, end);
    };
    const cancelLongest = clock.after(patience.longestMs, end);
    let cancelSilence = clock.after(patience.silenceMs, end);
    request.on('data', onData).on('end', end).on('close', end);
    request.resume();
  });
}
