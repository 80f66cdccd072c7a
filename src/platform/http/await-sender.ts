import type { IncomingMessage } from 'node:http';
import type { Clock } from '../../kernel/clock.ts';

const LONGEST_MS = 10_000;
const SILENCE_MS = 250;
const MOST_BYTES = 256 * 1024 ** 2;

/**
 * Reads and drops a body that is refused, until its sender is done or waits; ten seconds or 256 MiB at most. Many clients send
 * all before they read: a connection that is closed at once reaches them as a broken pipe, and not as the answer.
 */
export function awaitSender(request: IncomingMessage, clock: Clock): Promise<void> {
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
      cancelSilence();
      if (bytes > MOST_BYTES) return end();
      cancelSilence = clock.after(SILENCE_MS, end);
    };
    const cancelLongest = clock.after(LONGEST_MS, end);
    let cancelSilence = clock.after(SILENCE_MS, end);
    request.on('data', onData).on('end', end).on('close', end);
    request.resume();
  });
}
