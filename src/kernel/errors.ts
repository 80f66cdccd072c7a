/** The closed set of error codes. `api/problem.ts` maps each to HTTP, `cli/exit.ts` to an exit code. */
export type ErrorCode =
  | 'invalid' // the caller's input is wrong: 400
  | 'unauthenticated' // 401
  | 'forbidden' // 403
  | 'not_found' // 404
  | 'conflict' // the thing is in another status than the caller believes: 409
  | 'fenced' // a newer attempt owns the run: 409
  | 'gone' // 410
  | 'too_large' // 413
  | 'busy' // overloaded or starting; retry: 503
  | 'away' // something outside (git host, Redis, channel) does not answer; retry
  | 'engine' // terraform or tofu failed or is missing
  | 'internal'; // a bug or a broken machine: 500

/** What should be done about an error: it carries its own treatment, nobody guesses from its text. */
export type Treatment =
  | { readonly kind: 'retry'; readonly afterMs?: number }
  | { readonly kind: 'human'; readonly wayOut: string }
  | { readonly kind: 'ignore' };

export interface ErrorOptionsWithTreatment {
  readonly treatment?: Treatment;
  readonly cause?: unknown;
  /** Facts for machines, put into problem+json and logs. Never holds a secret. */
  readonly details?: Readonly<Record<string, unknown>>;
}

/** Every error Holdfast throws on purpose. Its message names the thing, the value and the way out. */
export class HoldfastError extends Error {
  readonly code: ErrorCode;
  readonly treatment: Treatment;
  readonly details: Readonly<Record<string, unknown>>;

  constructor(code: ErrorCode, message: string, options: ErrorOptionsWithTreatment = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'HoldfastError';
    this.code = code;
    this.treatment = options.treatment ?? defaultTreatment(code);
    this.details = options.details ?? {};
  }
}

function defaultTreatment(code: ErrorCode): Treatment {
  return code === 'busy' || code === 'away' ? { kind: 'retry' } : { kind: 'human', wayOut: '' };
}

/** The message of anything thrown, with its causes, on one line. */
export function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const cause = error.cause === undefined ? '' : `: ${messageOf(error.cause)}`;
  return `${error.message}${cause}`;
}
