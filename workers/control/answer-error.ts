import { type ErrorCode, HoldfastError, type Treatment } from '../../src/kernel/errors.ts';
import type { HttpAnswer } from './http-client.ts';

/**
 * What a refused request means to a worker: 409 and 410 take the run away (`fenced`, `gone`), other 4xx are final
 * (`invalid`), and everything that may pass (401 too: a secret can be put right) is tried again.
 */
export function errorOf(what: string, answer: HttpAnswer): HoldfastError {
  const { code, treatment } = meaningOf(answer);
  return new HoldfastError(code, `the control plane answered ${what} with ${answer.status}: ${detailOf(answer.body)}`, {
    treatment,
    details: { status: answer.status },
  });
}

function meaningOf(answer: HttpAnswer): { code: ErrorCode; treatment: Treatment } {
  const { status, retryAfter } = answer;
  const retry: Treatment = retryAfter === null ? { kind: 'retry' } : { kind: 'retry', afterMs: retryAfter * 1000 };
  if (status === 409) return { code: 'fenced', treatment: { kind: 'ignore' } };
  if (status === 404 || status === 410) return { code: 'gone', treatment: { kind: 'ignore' } };
  if (status === 401 || status === 403) return { code: 'unauthenticated', treatment: retry };
  if (status === 408 || status === 429 || status >= 500 || status < 400) return { code: 'busy', treatment: retry };
  return { code: status === 413 ? 'too_large' : 'invalid', treatment: { kind: 'human', wayOut: '' } };
}

function detailOf(body: string): string {
  try {
    const problem = JSON.parse(body) as { detail?: unknown; title?: unknown };
    return String(problem.detail ?? problem.title ?? 'no detail').slice(0, 500);
  } catch {
    return 'no detail';
  }
}
