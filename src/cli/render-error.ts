import { clean, cleanBlock } from '../api/text/clean.ts';
import type { Paint } from '../api/text/paint.ts';
import { HoldfastError, messageOf } from '../kernel/errors.ts';

/** What `--json` prints for an error. */
export interface ErrorDocument {
  readonly error: {
    readonly code: string;
    readonly message: string;
    readonly way_out?: string;
    readonly problems?: readonly unknown[];
  };
}

/** An error as a document for machines. Unknown errors are `internal`. */
export function errorDocument(error: unknown): ErrorDocument {
  if (!(error instanceof HoldfastError)) return { error: { code: 'internal', message: messageOf(error) } };
  const { problems } = error.details;
  const wayOut = wayOutOf(error);
  return {
    error: {
      code: error.code,
      message: messageOf(error),
      ...(wayOut === '' ? {} : { way_out: wayOut }),
      ...(Array.isArray(problems) ? { problems } : {}),
    },
  };
}

/** An error as text for people: what is wrong, then the way out on a line of its own. Bugs keep their stack. */
export function renderError(error: unknown, paint: Paint): string {
  if (!(error instanceof HoldfastError)) {
    const trace = error instanceof Error ? (error.stack ?? error.message) : String(error);
    return `${paint.bad('error:')} this is a bug in Holdfast: ${cleanBlock(trace)}\n`;
  }
  const wayOut = wayOutOf(error);
  const next =
    wayOut === '' || error.message.includes(wayOut) ? '' : `  ${cleanBlock(wayOut).replace(/\n/g, '\n  ')}\n`;
  const { problems } = error.details;
  const lines = Array.isArray(problems) ? problems.map((problem) => `  ${problemLine(problem)}\n`).join('') : '';
  return `${paint.bad('error:')} ${clean(messageOf(error))}\n${lines}${next}`;
}

/** What a person can do about it; empty where nothing is known. */
export function wayOutOf(error: unknown): string {
  if (!(error instanceof HoldfastError)) return '';
  return error.treatment.kind === 'human' ? error.treatment.wayOut : '';
}

function problemLine(problem: unknown): string {
  if (typeof problem !== 'object' || problem === null) return clean(String(problem));
  const { path, message, text } = problem as { path?: unknown; message?: unknown; text?: unknown };
  if (typeof text === 'string') return clean(text);
  return clean(`${typeof path === 'string' && path !== '' ? `${path}: ` : ''}${String(message)}`);
}
