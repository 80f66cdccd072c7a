import type { IncomingMessage } from 'node:http';
import type { Clock } from '../../kernel/clock.ts';
import { HoldfastError } from '../../kernel/errors.ts';

/** terraform waits for an answer for ever, and tries a 503 again. */
const DEADLINE_MS = 30_000;

/**
 * The answer, or `busy` where there is none in time and no more of the request came meanwhile: what hangs (a database, a
 * disk) must not hang terraform. Whatever comes of it later is harmless: the same bytes, the same lock id are sent again.
 */
export function inTime<T>(answer: Promise<T>, { socket }: IncomingMessage, clock: Clock, ms = DEADLINE_MS): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    let cancel = () => {};
    const watch = () => {
      const seen = socket.bytesRead;
      cancel = clock.after(ms, () => {
        if (socket.bytesRead > seen) return watch();
        reject(new HoldfastError('busy', `there is no answer within ${ms / 1000} s; try again`));
      });
    };
    watch();
    answer.finally(() => cancel()).then(resolve, reject);
  });
}
