import { type ErrorCode, HoldfastError, messageOf } from '../../kernel/errors.ts';
import type { LockAnswer, UnlockAnswer } from '../locks/index.ts';
import { lockInfoOf } from './lock-body.ts';

/** An answer of the state backend, but for bytes of states. */
export interface StateAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

const STATUS: Partial<Record<ErrorCode, number>> = {
  invalid: 400,
  unauthenticated: 401,
  forbidden: 403,
  conflict: 409,
  too_large: 413,
  internal: 500,
};

const RETRY_AFTER_S = 2;

/** Done, nothing to say. */
export const OK: StateAnswer = { status: 200, headers: {}, body: '' };

/** LOCK: 200, or 423 with the holder's lock. */
export function answerLock(answer: LockAnswer): StateAnswer {
  return answer.kind === 'refuse' ? lockJson(423, lockInfoOf(answer.holder)) : OK;
}

/** UNLOCK: 200, or 409 with the holder's lock and why. */
export function answerUnlock(answer: UnlockAnswer): StateAnswer {
  if (answer.kind !== 'refuse') return OK;
  return {
    ...lockJson(409, lockInfoOf(answer.holder)),
    headers: { 'content-type': JSON_TYPE, 'x-holdfast-reason': answer.why },
  };
}

/**
 * What an error means to terraform. It gives up at once on every 4xx, and tries again after a 5xx: so 4xx is only for what
 * will not pass, and what is not known to be final (a database that is away, a full disk) is a 503. Never a 404: that
 * would read as "there is no state".
 */
export function answerError(error: unknown): StateAnswer {
  const status = (error instanceof HoldfastError ? STATUS[error.code] : undefined) ?? 503;
  const known = error instanceof HoldfastError;
  const detail = known ? error.message : 'something is wrong here just now; try again';
  const wayOut = known && error.treatment.kind === 'human' ? error.treatment.wayOut : '';
  return {
    status,
    headers: { 'content-type': 'application/problem+json', ...extraHeaders(status) },
    body: JSON.stringify({ status, title: TITLES[status] ?? 'Error', detail, ...(wayOut ? { way_out: wayOut } : {}) }),
  };
}

/** Whether a person has to look at it here: logged as an error, with its causes. */
export function isOurFault(answer: StateAnswer): boolean {
  return answer.status >= 500;
}

/** The error for the log: causes included, never part of an answer. */
export function describe(error: unknown): string {
  return messageOf(error);
}

const JSON_TYPE = 'application/json';
const TITLES: Readonly<Record<number, string>> = {
  400: 'Bad Request',
  401: 'Unauthorized',
  403: 'Forbidden',
  409: 'Conflict',
  413: 'Content Too Large',
  500: 'Internal Server Error',
  503: 'Service Unavailable',
};

function extraHeaders(status: number): Record<string, string> {
  if (status === 401) return { 'www-authenticate': 'Basic realm="holdfast", charset="UTF-8"' };
  return status === 503 ? { 'retry-after': String(RETRY_AFTER_S) } : {};
}

function lockJson(status: number, body: string): StateAnswer {
  return { status, headers: { 'content-type': JSON_TYPE }, body };
}
