import { LineCounter } from 'yaml';
import { composeYaml } from './compose-yaml.ts';
import { type KeyPath, pathKey } from './key-path.ts';
import type { Problem } from './problem.ts';
import { YamlReader } from './yaml-reader.ts';

/** Larger files are refused unread. */
export const MAX_CONFIG_BYTES = 1_048_576;

/** Line and column, from 1. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

/** A YAML file as a plain value that still knows where each part of it stands. */
export interface YamlDocument {
  readonly file: string;
  /** Maps without prototype surprises, lists, strings, numbers, booleans, null. `{}` for an empty or broken file. */
  readonly value: unknown;
  /** Syntax errors, duplicate keys, aliases out of hand. */
  readonly problems: readonly Problem[];
  /** Whether the value says what the file says; false: only `problems` mean anything. */
  readonly isReadable: boolean;
  /** Where a key or value stands; null where the document does not hold it. */
  positionOf(path: KeyPath, part: 'key' | 'value'): Position | null;
  /** A scalar as it is written, `1.10`; null for anything else. */
  sourceOf(path: KeyPath): string | null;
}

/** A document without content: for a file that is not there. */
export function emptyDocument(file: string): YamlDocument {
  return { file, value: {}, problems: [], isReadable: true, positionOf: () => null, sourceOf: () => null };
}

/**
 * Parses bytes of a YAML file. Never throws: what is wrong is in `problems`, without any text of the file. `merges`: `<<` has
 * the meaning of YAML 1.1.
 */
export function parseYaml(bytes: Uint8Array, file: string, { merges = false } = {}): YamlDocument {
  const broken = (message: string, position: Position | null = null, wayOut: string | null = null): YamlDocument => ({
    ...emptyDocument(file),
    problems: [syntaxProblem(file, message, position, wayOut)],
    isReadable: false,
  });
  if (bytes.length > MAX_CONFIG_BYTES) return broken('is larger than 1MB', null, 'split it or shorten it');
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return broken('is not UTF-8', null, 'save it as UTF-8');
  }
  try {
    return readDocument(text, file, merges);
  } catch (error) {
    const isTooDeep = error instanceof RangeError;
    return broken(isTooDeep ? 'is nested too deeply' : 'cannot be read as YAML');
  }
}

function readDocument(text: string, file: string, merges: boolean): YamlDocument {
  const lines = new LineCounter();
  const { document, faults } = composeYaml(text, lines);
  const positionAt = (offset: number): Position => {
    const { line, col } = lines.linePos(offset);
    return { line, column: col };
  };
  const problems = faults.map(({ offset, code, message }) =>
    syntaxProblem(file, syntaxMessage(code, message), positionAt(offset), null),
  );
  if (document === null || problems.length > 0) return { ...emptyDocument(file), problems, isReadable: false };
  const reader = new YamlReader(document, merges);
  const value = reader.read() ?? {};
  for (const { message, offset, wayOut, key } of reader.faults) {
    problems.push({ ...syntaxProblem(file, message, offset === null ? null : positionAt(offset), wayOut), key });
  }
  return {
    file,
    value,
    problems,
    isReadable: !reader.isStopped,
    positionOf(path, part) {
      const offset = reader.places.get(pathKey(path))?.[part];
      return offset === undefined ? null : positionAt(offset);
    },
    sourceOf: (path) => reader.places.get(pathKey(path))?.source ?? null,
  };
}

/** The library's own sentence where it quotes nothing of the file. */
function syntaxMessage(code: string, message: string): string {
  if (code === 'MULTIPLE_DOCS') return 'holds more than one YAML document (`---`)';
  if (code === 'TAG_RESOLVE_FAILED') return 'has a YAML tag (`!…`), which is not supported';
  if (/call stack|regular expression/i.test(message)) return 'is nested too deeply';
  if (code === 'BAD_DQ_ESCAPE') return 'is not valid YAML: a backslash in double quotes that begins no escape';
  if (code === 'BAD_DIRECTIVE') return 'is not valid YAML: a line that begins with `%`';
  // The only sentence that quotes the file at length.
  if (code === 'UNEXPECTED_TOKEN') return 'is not valid YAML: something stands where it does not belong';
  return `is not valid YAML: ${message.charAt(0).toLowerCase()}${message.slice(1, 200)}`;
}

function syntaxProblem(file: string, message: string, position: Position | null, wayOut: string | null): Problem {
  const { line, column } = position ?? { line: null, column: null };
  return { severity: 'error', file, line, column, subject: null, key: null, value: null, message, wayOut };
}
