import { Problem } from '../api/contract.ts';
import { type ErrorCode, HoldfastError } from '../kernel/errors.ts';
import type { InstanceAddress } from './find-instance.ts';

const CODE_OF_STATUS: Readonly<Record<number, ErrorCode>> = {
  400: 'invalid',
  401: 'unauthenticated',
  403: 'forbidden',
  404: 'not_found',
  409: 'conflict',
  410: 'gone',
  413: 'too_large',
  422: 'invalid',
  429: 'busy',
  503: 'busy',
};
const CODES: ReadonlySet<string> = new Set<ErrorCode>([
  'invalid',
  'unauthenticated',
  'forbidden',
  'not_found',
  'conflict',
  'fenced',
  'gone',
  'too_large',
  'busy',
  'away',
  'engine',
  'internal',
]);
const TEXT_LIMIT = 64 * 1024;

/** The error that an answer other than 2xx says: its problem+json with its way out, or its status where it has none. */
export async function problemError(response: Response, instance: InstanceAddress): Promise<HoldfastError> {
  const problem = await readProblem(response);
  const code = problem !== null && CODES.has(problem.code) ? (problem.code as ErrorCode) : codeOf(response.status);
  const wayOut = problem?.way_out ?? defaultWayOut(code, instance);
  const message = problem === null ? `${instance.address} answered ${response.status}` : textOf(problem);
  const details = problem?.problems === undefined ? {} : { problems: problem.problems };
  return new HoldfastError(code, message, { treatment: { kind: 'human', wayOut }, details });
}

/** The error of a request that got no answer. */
export function awayError(error: unknown, instance: InstanceAddress): HoldfastError {
  if (error instanceof HoldfastError) return error;
  const why = reasonOf(error);
  const wayOut =
    why === 'connection refused'
      ? `nothing listens there any more: start Holdfast with \`holdfast up\` (the address is from ${instance.from})`
      : `check the address (it is from ${instance.from}) and whether it can be reached from here`;
  const message = `Holdfast does not answer at ${instance.address}: ${why}`;
  return new HoldfastError('away', message, { treatment: { kind: 'human', wayOut }, details: { why } });
}

/** The error of an answer that is not Holdfast's, or a much older or newer Holdfast's. */
export function shapeError(
  instance: InstanceAddress,
  path: string,
  issue?: { readonly path: readonly PropertyKey[]; readonly message: string },
  cause?: unknown,
): HoldfastError {
  const at = issue === undefined ? 'no JSON' : `\`${issue.path.join('.')}\`: ${issue.message}`;
  const message = `the answer of ${instance.address}${path} is not what this version understands (${at})`;
  const wayOut = 'is that Holdfast, and of the same version? compare `holdfast version` with its /healthz';
  return new HoldfastError('internal', message, { cause, treatment: { kind: 'human', wayOut } });
}

function codeOf(status: number): ErrorCode {
  return CODE_OF_STATUS[status] ?? (status >= 500 ? 'internal' : 'invalid');
}

function textOf(problem: Problem): string {
  return problem.detail === '' ? problem.title : problem.detail;
}

async function readProblem(response: Response): Promise<Problem | null> {
  try {
    const text = await response.text();
    const parsed = Problem.safeParse(JSON.parse(text.slice(0, TEXT_LIMIT)));
    return parsed.success ? parsed.data : null;
  } catch {
    return null;
  }
}

function defaultWayOut(code: ErrorCode, instance: InstanceAddress): string {
  if (code === 'unauthenticated') {
    const why = instance.token === null ? 'no token was found' : 'it does not know this token';
    return `${why}: give one with --token or HOLDFAST_TOKEN, or run this where data_dir/admin.token can be read`;
  }
  if (code === 'forbidden') return 'this token has not the role for that: use one that has';
  return '';
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error.name === 'TimeoutError') return 'no answer within 30 s';
  const cause = error.cause;
  if (cause instanceof Error && 'code' in cause) {
    if (cause.code === 'ECONNREFUSED') return 'connection refused';
    if (cause.code === 'ENOTFOUND') return 'its name is not known';
    if (cause.code === 'ECONNRESET' || cause.code === 'UND_ERR_SOCKET') return 'the connection was cut';
    return `${cause.message === '' ? String(cause.code) : cause.message}`;
  }
  return cause instanceof Error ? cause.message : error.message;
}
