import { type ErrorCode, HoldfastError, type Treatment } from '../../src/kernel/errors.ts';
import type { HttpAnswer } from './http-client.ts';

/**
 * What a refused request means to a worker: `fenced` and `gone` take the run away, `invalid`, `not_found` and `too_large` are
 * final, and everything that may pass is tried again (401 too: a secret can be put right). A status without the control
 * plane's own problem document is somebody's between us and it, and passes.
 */
export function errorOf(what: string, answer: HttpAnswer): HoldfastError {
  const problem = problemOf(answer.body);
  const code = FINAL.find((final) => final === problem.code);
  const detail = String(problem.detail ?? problem.title ?? 'no detail').slice(0, 500);
  const message = `the control plane answered ${what} with ${answer.status}: ${detail}`;
  const details = { status: answer.status };
  if (code) return new HoldfastError(code, message, { treatment: { kind: 'human', wayOut: '' }, details });
  return new HoldfastError('busy', message, { treatment: retryAfter(answer), details });
}

const FINAL = ['fenced', 'gone', 'invalid', 'not_found', 'too_large', 'forbidden'] as const satisfies ErrorCode[];

function retryAfter({ retryAfter: seconds }: HttpAnswer): Treatment {
  return seconds === null ? { kind: 'retry' } : { kind: 'retry', afterMs: seconds * 1000 };
}

function problemOf(body: string): { code?: unknown; detail?: unknown; title?: unknown } {
  try {
    return JSON.parse(body) ?? {};
  } catch {
    return {};
  }
}

/** Whether the run was given to somebody else, or is gone. */
export function isTaken(error: unknown): boolean {
  return error instanceof HoldfastError && (error.code === 'fenced' || error.code === 'gone');
}
