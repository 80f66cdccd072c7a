import type { z } from 'zod';
import { formatPath, isMap, type KeyPath, pathKey, quote, valueAt } from './key-path.ts';
import type { Problem, Severity } from './problem.ts';
import { factsOf, schemaAt } from './schema-walk.ts';
import { HIDDEN } from './secret.ts';
import type { YamlDocument } from './yaml-document.ts';

/** What is wrong with the value (or key) at a path. */
export interface Finding {
  readonly message: string;
  readonly severity?: Severity;
  readonly wayOut?: string | null;
  /** Point at the key instead of the value, which then is not shown. */
  readonly part?: 'key' | 'value';
  readonly showValue?: boolean;
}

/** A value that did not come from the file itself. */
export interface Origin {
  /** `environment HOLDFAST_LISTEN`, `flag --listen`. */
  readonly place: string;
}

/** What a document's problems are told by. */
export interface ReporterSources {
  readonly document: YamlDocument;
  readonly schema: z.ZodType;
  /** The value that is checked: the document's with everything applied that goes before it. */
  readonly value: () => unknown;
  /** By path: values set by environment or flag. */
  readonly origins?: ReadonlyMap<string, Origin>;
  /** By path: `{env: NAME}` or `{file: PATH}` in whose stead the value stands. */
  readonly references?: ReadonlyMap<string, { readonly text: string }>;
}

const MAX_PROBLEMS = 200;
const SECRET_KEY =
  /secret|passw|passphrase|token|credential|private|webhook|channel|environment|^values$|^env$|_?key$/i;
const NAMED_LISTS: Readonly<Record<string, string>> = {
  repositories: 'repository',
  channels: 'channel',
  stacks: 'stack',
  tokens: 'token',
  projects: 'project',
};

/** Collects problems of one document, each with its place, its subject, its key and its value where that is no secret. */
export class Reporter {
  readonly problems: Problem[];
  /** Paths of the errors. */
  readonly faulty: KeyPath[] = [];
  readonly #sources: ReporterSources;

  constructor(sources: ReporterSources) {
    this.#sources = sources;
    this.problems = [...sources.document.problems];
  }

  report(path: KeyPath, finding: Finding): void {
    if ((finding.severity ?? 'error') === 'error') this.faulty.push(path);
    if (this.problems.length > MAX_PROBLEMS) return;
    if (this.problems.length === MAX_PROBLEMS) return void this.problems.push(this.#tooMany());
    const { subject, rest } = this.#subjectOf(path);
    const part = finding.part ?? 'value';
    const isShown = (finding.showValue ?? true) && part === 'value';
    this.problems.push({
      severity: finding.severity ?? 'error',
      ...this.#placeOf(path, part),
      subject,
      key: rest.length === 0 ? null : formatPath(rest),
      value: isShown ? this.#show(path) : null,
      message: finding.message,
      wayOut: finding.wayOut ?? null,
    });
  }

  /** The line on which a value stands in the file, or null. */
  lineOf(path: KeyPath): number | null {
    return this.#sources.document.positionOf(path, 'value')?.line ?? null;
  }

  /** Whether a value came by environment or flag, and not from the file. */
  isFromOutside(path: KeyPath): boolean {
    return this.#sources.origins?.has(pathKey(path)) ?? false;
  }

  #tooMany(): Problem {
    const none = { line: null, column: null, subject: null, key: null, value: null, wayOut: null };
    return { severity: 'error', file: this.#sources.document.file, ...none, message: 'has more problems than these' };
  }

  /** The nearest place that is known: the value's, else that of what holds it. */
  #placeOf(path: KeyPath, part: 'key' | 'value'): Pick<Problem, 'file' | 'line' | 'column'> {
    const { document, origins } = this.#sources;
    for (let length = path.length; length >= 0; length--) {
      const at = path.slice(0, length);
      const origin = origins?.get(pathKey(at));
      if (origin !== undefined) return { file: origin.place, line: null, column: null };
      const wanted = length === path.length ? part : 'value';
      // An entry of a list has no key.
      const position = document.positionOf(at, wanted) ?? document.positionOf(at, 'value');
      if (position !== null) return { file: document.file, ...position };
    }
    return { file: document.file, line: null, column: null };
  }

  /** `stack "net/prod"` for what lies below an entry of a list of named things. */
  #subjectOf(path: KeyPath): { subject: string | null; rest: KeyPath } {
    const at = path.findIndex((part, i) => typeof part === 'number' && Object.hasOwn(NAMED_LISTS, path[i - 1] ?? ''));
    const word = NAMED_LISTS[path[at - 1] ?? ''];
    if (at < 0 || at === path.length - 1 || word === undefined) return { subject: null, rest: path };
    const entry = valueAt(this.#sources.value(), path.slice(0, at + 1));
    const name = isMap(entry)
      ? (entry.name ?? (word === 'stack' || word === 'project' ? entry.dir : undefined))
      : undefined;
    if (typeof name !== 'string' || name === '') return { subject: null, rest: path };
    return { subject: `${word} ${quote(name)}`, rest: path.slice(at + 1) };
  }

  /** The value for people: as written where it is no text, never a secret, never longer than a line. */
  #show(path: KeyPath): string | null {
    const { document, references, origins } = this.#sources;
    const value = valueAt(this.#sources.value(), path);
    if (value === undefined || path.length === 0) return null;
    if (Array.isArray(value)) return 'a list';
    if (value === null) return 'nothing';
    if (typeof value === 'object') return 'a map';
    const reference = references?.get(pathKey(path));
    if (reference !== undefined) return `the value of ${reference.text}`;
    if (this.#isSecret(path)) return HIDDEN;
    if (typeof value === 'string') return quote(redactUrls(value));
    return (origins?.has(pathKey(path)) ? null : document.sourceOf(path))?.slice(0, 80) ?? String(value);
  }

  #isSecret(path: KeyPath): boolean {
    const schema = schemaAt(this.#sources.schema, path);
    if (schema !== null && factsOf(schema).secret === true) return true;
    const key = path.findLast((part) => typeof part === 'string');
    return typeof key === 'string' && SECRET_KEY.test(key);
  }
}

/** A text without what its URLs keep secret: user and password, values of the query. Rather too much than too little. */
export function redactUrls(text: string): string {
  return text
    .replace(/([A-Za-z][A-Za-z0-9+.-]*:\/\/)\S*@/g, '$1***@')
    .replace(/(^|\s)[^\s/@:]+:[^\s/@][^\s@]*@/g, '$1***@')
    .replace(/([?&][^=&\s]*=)[^&\s]*/g, '$1***');
}
