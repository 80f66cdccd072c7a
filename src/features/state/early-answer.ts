import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Clock } from '../../kernel/clock.ts';
import { awaitSender, type Patience } from '../../platform/http/await-sender.ts';
import type { StateAnswer } from './state-answer.ts';

/** Who may write here is heard out, also with a state that is larger than any may be, over a slow line. */
const PATIENCE: Patience = { longestMs: 120_000, silenceMs: 5_000, mostBytes: 2 * 1024 ** 3 };

/**
 * Answers a request whose body has not come whole. The answer is written now: terraform and others who read while they send
 * stop at it. It is ended, and its connection with it, only when the sender is done, waits, or has had its time: to others
 * a connection that is closed at once is a broken one, which they try again, and not the answer.
 */
export async function answerEarly(
  { request, response }: { readonly request: IncomingMessage; readonly response: ServerResponse },
  { status, headers, body }: StateAnswer,
  clock: Clock,
): Promise<void> {
  const bytes = Buffer.from(body);
  response.writeHead(status, { ...headers, 'content-length': String(bytes.length) });
  if (bytes.length > 0) response.write(bytes);
  else response.flushHeaders();
  await (status === 401 ? awaitSender(request, clock) : awaitSender(request, clock, PATIENCE));
  response.end();
  if (!request.complete) request.destroy();
}
