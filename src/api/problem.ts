import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify';
import type { Clock } from '../kernel/clock.ts';
import { type ErrorCode, HoldfastError } from '../kernel/errors.ts';
import type { Logger } from '../kernel/logger.ts';
import { databaseTrouble } from '../platform/db/database-trouble.ts';
import { isDiskFull } from '../platform/files/durable-file.ts';
import { awaitSender } from '../platform/http/await-sender.ts';
import type { Problem } from './contract.ts';

/** The one table from error codes to HTTP. */
export const HTTP_STATUS = {
  invalid: 400,
  unauthenticated: 401,
  forbidden: 403,
  not_found: 404,
  conflict: 409,
  fenced: 409,
  gone: 410,
  too_large: 413,
  busy: 503,
  away: 503,
  engine: 500,
  internal: 500,
} as const satisfies Record<ErrorCode, number>;

const TITLES: Readonly<Record<number, string>> = {
  400: 'The request is wrong',
  401: 'A token is missing or wrong',
  403: 'Not allowed',
  404: 'Not found',
  409: 'It is in another state',
  410: 'Gone',
  413: 'Too large',
  415: 'This content type is not taken',
  429: 'Too many requests',
  500: 'Something broke inside',
  503: 'Not now',
};

/** What is answered for anything thrown: RFC 9457 problem+json. What nobody meant to say is not said. Pure. */
export function problemOf(error: unknown): Problem {
  if (error instanceof HoldfastError) return fromHoldfast(error);
  const trouble = databaseTrouble(error) ?? (isDiskFull(error) ? 'the disk of data_dir is full' : null);
  if (trouble !== null) return shape(503, 'busy', `${trouble}; nothing was changed, try again`, {});
  const status = (error as Partial<FastifyError>).statusCode ?? 500;
  if (status < 500 && error instanceof Error) return shape(status, codeOf(status), error.message, validation(error));
  return shape(500, 'internal', 'an unexpected error; the log of the control plane has it', {});
}

function fromHoldfast(error: HoldfastError): Problem {
  const status = HTTP_STATUS[error.code];
  const wayOut = error.treatment.kind === 'human' && error.treatment.wayOut !== '' ? error.treatment.wayOut : null;
  const detail = error.code === 'internal' ? 'an internal error; the log of the control plane has it' : error.message;
  return shape(status, error.code, detail, { ...error.details, ...(wayOut === null ? {} : { way_out: wayOut }) });
}

function shape(status: number, code: string, detail: string, more: object): Problem {
  // The problem's own members last: a detail may be called `status`, too.
  return { ...more, type: 'about:blank', title: TITLES[status] ?? 'Error', status, detail, code };
}

function codeOf(status: number): ErrorCode {
  if (status === 404) return 'not_found';
  if (status === 413) return 'too_large';
  return 'invalid';
}

/** Every fault of a request at once, where a schema found them. */
function validation(error: Error): object {
  const list = (error as { validation?: { instancePath?: string; message?: string }[] }).validation;
  if (!list) return {};
  return {
    problems: list.slice(0, 20).map((item) => ({
      path: (item.instancePath ?? '').replace(/^\//, '').replaceAll('/', '.'),
      message: item.message ?? 'is wrong',
    })),
  };
}

/** Fastify's error handler: one place for every route. */
export function sendProblem({ logger, clock }: { readonly logger: Logger; readonly clock: Clock }) {
  return async (error: unknown, request: FastifyRequest, reply: FastifyReply) => {
    const problem = problemOf(error);
    // Many clients send all before they read: closed at once they would see a broken pipe instead of the 413.
    if (problem.status === 413) await awaitSender(request.raw, clock);
    if (problem.status >= 500 && !(error instanceof HoldfastError && problem.status === 503)) {
      logger.error({ err: error, method: request.method, route: request.routeOptions.url }, 'a request failed');
    }
    if (problem.status === 503) reply.header('Retry-After', '2');
    if (problem.status === 401) reply.header('WWW-Authenticate', 'Bearer');
    // Bytes, not text: Fastify would add a charset, which this media type does not have.
    return reply
      .code(problem.status)
      .header('Content-Type', 'application/problem+json')
      .send(Buffer.from(JSON.stringify(problem)));
  };
}
