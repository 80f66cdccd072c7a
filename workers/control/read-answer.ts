import type { IncomingMessage } from 'node:http';
import type { z } from 'zod';
import { HoldfastError } from '../../src/kernel/errors.ts';
import { errorOf } from './answer-error.ts';
import type { HttpAnswer } from './http-client.ts';

/** Where the protocol has a run. */
export function pathOf(ref: { readonly run: string }): string {
  return `runs/${encodeURIComponent(ref.run)}`;
}

/** Throws what an answer other than 2xx means. */
export function check(what: string, answer: HttpAnswer): void {
  if (answer.status < 200 || answer.status > 299) throw errorOf(what, answer);
}

/** The answer as the schema sees it. Throws what a refusal means, and `internal` for an unknown shape. */
export function parse<T>(what: string, answer: HttpAnswer, schema: z.ZodType<T>): T {
  check(what, answer);
  const read = schema.safeParse(jsonOrNull(answer.body));
  if (read.success) return read.data;
  const problem = read.error.issues[0];
  const where = problem ? `${problem.path.join('.')}: ${problem.message}` : 'no JSON';
  throw new HoldfastError(
    'internal',
    `the control plane answered ${what} in an unknown shape (${where}); is it of another version?`,
  );
}

/** Parsed JSON, or null for anything else. */
export function jsonOrNull(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/** The answer's body as a stream. Throws what an answer other than 200 means. */
export async function streamed(what: string, response: IncomingMessage): Promise<IncomingMessage> {
  if (response.statusCode === 200) return response;
  let body = '';
  for await (const chunk of response.setEncoding('utf8')) if (body.length < 65_536) body += chunk;
  throw errorOf(what, { status: response.statusCode ?? 0, body, retryAfter: null });
}
