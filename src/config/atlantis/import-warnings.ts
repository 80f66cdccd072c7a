import { formatPath, type KeyPath, quote } from '../key-path.ts';
import type { Problem } from '../problem.ts';
import { redactUrls } from '../reporter.ts';
import type { YamlDocument } from '../yaml-document.ts';

const MAX_WARNINGS = 2_000;

/** Collects what is not carried over, each with its line. */
export class ImportWarnings {
  readonly problems: Problem[] = [];

  /** `subject`: `project "net"`, or null. `value` is shown where it is short and no secret can be in it. */
  add(
    document: YamlDocument,
    path: KeyPath,
    say: {
      readonly message: string;
      readonly wayOut?: string;
      readonly subject?: string | null;
      readonly value?: string;
    },
  ): void {
    if (this.problems.length >= MAX_WARNINGS) return;
    const { line, column } = placeOf(document, path);
    this.problems.push({
      severity: 'warning',
      file: document.file,
      ...{ line, column },
      subject: say.subject ?? null,
      key: path.length === 0 ? null : formatPath(path),
      value: say.value === undefined ? null : quote(redactUrls(say.value)),
      message: say.message,
      wayOut: say.wayOut ?? null,
    });
  }
}

/** The place of a key, else of the nearest thing around it. */
function placeOf(document: YamlDocument, path: KeyPath): { line: number | null; column: number | null } {
  for (let length = path.length; length > 0; length--) {
    const at = path.slice(0, length);
    const position = document.positionOf(at, 'key') ?? document.positionOf(at, 'value');
    if (position !== null) return position;
  }
  return { line: null, column: null };
}
