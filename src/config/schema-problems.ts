import { z } from 'zod';
import { formatPath, isMap, type KeyPath, valueAt } from './key-path.ts';
import { nearest } from './nearest.ts';
import type { Finding, Reporter } from './reporter.ts';
import { factsOf, schemaAt, shapeOf } from './schema-walk.ts';

/** Names from other tools, and what they are called here. */
const FAMILIAR: Readonly<Record<string, string>> = {
  projects: 'stacks',
  repos: 'repositories',
  terraform_version: 'engine_version',
  opentofu_version: 'engine_version',
  terraform_distribution: 'engine',
  autoplan: 'when_modified',
  include_patterns: 'when_modified',
  path: 'dir',
  project_root: 'dir',
  port: 'listen',
  id: 'name',
};

/** What turns zod's issues into problems. */
export interface IssueContext {
  readonly schema: z.ZodType;
  readonly value: unknown;
  readonly reporter: Reporter;
  /** Paths about which something was said already. */
  readonly isReported?: (path: KeyPath) => boolean;
  /** Said where somebody wrote `{env: …}` in a file that may not. */
  readonly referencesWayOut?: string;
}

/** Reports each of zod's issues in our words. */
export function reportIssues(issues: readonly z.core.$ZodIssue[], context: IssueContext): void {
  for (const issue of issues) {
    const path = issue.path.filter((part) => typeof part !== 'symbol');
    if (context.isReported?.(path) === true) continue;
    if (issue.code === 'unrecognized_keys') {
      for (const key of issue.keys) context.reporter.report([...path, key], unknownKey(key, path, context));
    } else {
      context.reporter.report(path, findingOf(issue, path, context));
    }
  }
}

function findingOf(issue: z.core.$ZodIssue, path: KeyPath, context: IssueContext): Finding {
  switch (issue.code) {
    case 'invalid_type':
      return wrongType(path, context);
    case 'invalid_value':
      return wrongChoice(issue.values.map(String), path, context);
    case 'invalid_key':
      return { message: issue.issues[0]?.message ?? 'is no allowed name', part: 'key' };
    case 'too_small':
    case 'too_big':
      return { message: boundMessage(issue) };
    case 'custom': {
      const wayOut: unknown = issue.params?.wayOut;
      return { message: issue.message, wayOut: typeof wayOut === 'string' ? wayOut : null };
    }
    default:
      return { message: `must be ${expects(path, context)}` };
  }
}

function unknownKey(key: string, path: KeyPath, { schema }: IssueContext): Finding {
  const at = schemaAt(schema, path);
  const shape = at === null ? null : shapeOf(at);
  const known = shape?.kind === 'object' ? Object.keys(shape.shape) : [];
  const familiar = Object.hasOwn(FAMILIAR, key) ? FAMILIAR[key] : undefined;
  const meant = familiar !== undefined && known.includes(familiar) ? familiar : nearest(key, known);
  const wayOut = meant === null ? `known here: ${known.join(', ')}` : `did you mean \`${meant}\`?`;
  return { message: 'is no known key', wayOut, part: 'key' };
}

function wrongType(path: KeyPath, context: IssueContext): Finding {
  const found = valueAt(context.value, path);
  const wanted = expects(path, context);
  if (found === undefined) return { message: 'is missing', wayOut: `write ${wanted}` };
  if (found === null) return { message: 'has no value', wayOut: `write ${wanted}`, part: 'key' };
  return { message: `must be ${wanted}`, wayOut: wantsText(path, context) ? textWayOut(found, path, context) : null };
}

/** Where a text belongs: a number needs quotes, unless it would be wrong in quotes, too; `{env: …}` another file. */
function textWayOut(found: unknown, path: KeyPath, context: IssueContext): string | null {
  if (typeof found !== 'object') {
    const at = schemaAt(context.schema, path);
    const isRight = at !== null && z.safeParse(at, String(found)).success;
    return isRight ? 'put it in quotes' : 'write it in that form';
  }
  const isReference = isMap(found) && Object.keys(found).every((key) => key === 'env' || key === 'file');
  return isReference ? (context.referencesWayOut ?? null) : null;
}

function wrongChoice(values: readonly string[], path: KeyPath, { value }: IssueContext): Finding {
  const found = valueAt(value, path);
  if (found === undefined) return { message: 'is missing', wayOut: `write ${choice(values)}` };
  const meant = typeof found === 'string' ? nearest(found, values) : null;
  return { message: `must be ${choice(values)}`, wayOut: meant === null ? null : `did you mean ${meant}?` };
}

function choice(values: readonly string[]): string {
  return values.length === 1 ? `${values[0]}` : `one of ${values.join(', ')}`;
}

function boundMessage(issue: z.core.$ZodIssueTooSmall | z.core.$ZodIssueTooBig): string {
  const [word, bound] =
    issue.code === 'too_small' ? (['least', issue.minimum] as const) : (['most', issue.maximum] as const);
  if (issue.origin === 'string')
    return issue.code === 'too_small' ? 'must not be empty' : `must be at most ${bound} characters`;
  if (issue.origin === 'array') return `must have at ${word} ${bound} ${Number(bound) === 1 ? 'entry' : 'entries'}`;
  return `must be at ${word} ${bound}`;
}

/** What belongs at a path, in words. */
function expects(path: KeyPath, { schema }: IssueContext): string {
  const at = schemaAt(schema, path);
  if (at === null) return `another value than \`${formatPath(path)}\` has`;
  const shape = shapeOf(at);
  if (shape.kind === 'object' || shape.kind === 'record') return 'a map';
  if (shape.kind === 'array') return 'a list';
  return factsOf(at).expects ?? (shape.kind === 'text' ? 'a text' : `a ${shape.kind}`);
}

function wantsText(path: KeyPath, { schema }: IssueContext): boolean {
  const at = schemaAt(schema, path);
  return at !== null && shapeOf(at).kind === 'text';
}
