import { posix } from 'node:path';
import type { Diagnostic } from '../../src/kernel/plan-outcome.ts';
import { boundText } from './bounded-text.ts';
import type { TextMask } from './mask-secrets.ts';
import { sanitizeText } from './sanitize-text.ts';
import type { StreamDiagnostic } from './stream-messages.ts';

/** Where the engine was run, so that the paths it names become paths of the repository. */
export interface DiagnosticPlace {
  /** The stack's directory, repository-relative; `.` for the root. */
  readonly dir: string;
  /** Absolute path of the checkout. */
  readonly work: string;
  readonly mask: TextMask;
}

/** A diagnostic of the stream as we report it: masked, bounded, its file relative to the repository. Pure. */
export function readDiagnostic(diagnostic: StreamDiagnostic, place: DiagnosticPlace): Diagnostic {
  const clean = (text: string | undefined, max: number) => boundText(place.mask(sanitizeText(text ?? '')), max);
  const file = fileInRepository(diagnostic.range?.filename, place);
  const line = diagnostic.range?.start?.line;
  return {
    severity: diagnostic.severity === 'warning' ? 'warning' : 'error',
    summary: clean(diagnostic.summary, 4096),
    detail: clean(diagnostic.detail, 16_384),
    file: file === null ? null : clean(file, 4096),
    line: file !== null && Number.isInteger(line) ? (line ?? null) : null,
    address: diagnostic.address ? clean(diagnostic.address, 4096) : null,
  };
}

/** A path as the engine prints it (relative to the stack) as a path of the repository; null where it lies outside. */
export function fileInRepository(
  filename: string | undefined,
  place: Pick<DiagnosticPlace, 'dir' | 'work'>,
): string | null {
  if (!filename) return null;
  const path = posix.isAbsolute(filename)
    ? posix.relative(place.work, filename)
    : posix.normalize(posix.join(place.dir, filename));
  return path === '' || path === '..' || path.startsWith('../') || posix.isAbsolute(path) ? null : path;
}
