export type Severity = 'error' | 'warning' | 'notice';

/** One thing that is wrong (error), doubtful (warning) or without effect yet (notice) in a configuration. Holds no secret. */
export interface Problem {
  readonly severity: Severity;
  /** The file as the user named it, `environment HOLDFAST_LISTEN`, `flag --listen`, or null where there is no place. */
  readonly file: string | null;
  /** From 1; null where the place has no lines. */
  readonly line: number | null;
  readonly column: number | null;
  /** The named thing the key belongs to: `stack "net/prod"`; null at the file's own level. */
  readonly subject: string | null;
  /** Path of the key below the subject, `drift.every`; null where the whole file is meant. */
  readonly key: string | null;
  /** The value as text for people, redacted and bounded; null where there is none. */
  readonly value: string | null;
  /** What is wrong, as the rest of a sentence that begins with the key: `must be at least 1m`. */
  readonly message: string;
  /** What to do; null where the message says it. */
  readonly wayOut: string | null;
}

/** ``stack "net/prod": `drift.every` must be at least 1m, got "10s" (holdfast.yaml:14:12)``, then the way out. One line. */
export function renderProblem(problem: Problem): string {
  const severity = problem.severity === 'error' ? '' : `${problem.severity}: `;
  const subject = problem.subject === null ? '' : `${problem.subject}: `;
  const key = problem.key === null ? '' : `\`${problem.key}\` `;
  const got = problem.value === null ? '' : `, got ${problem.value}`;
  const place = renderPlace(problem);
  const wayOut = problem.wayOut === null ? '' : `: ${problem.wayOut}`;
  return `${severity}${subject}${key}${problem.message}${got}${place === '' ? '' : ` (${place})`}${wayOut}`;
}

function renderPlace({ file, line, column }: Problem): string {
  return [file, line, column].filter((part) => part !== null).join(':');
}

/** Whether anything in the list forbids going on. */
export function hasErrors(problems: readonly Problem[]): boolean {
  return problems.some((problem) => problem.severity === 'error');
}

/** The problems in the order of their places: file, line, column; those of a whole file after its lines. Does not change its argument. */
export function sortProblems(problems: readonly Problem[]): Problem[] {
  const byFile = (a: Problem, b: Problem) => (a.file ?? '').localeCompare(b.file ?? '');
  const byNumber = (a: number | null, b: number | null) => (a ?? Number.MAX_VALUE) - (b ?? Number.MAX_VALUE);
  return [...problems].sort((a, b) => byFile(a, b) || byNumber(a.line, b.line) || byNumber(a.column, b.column));
}
