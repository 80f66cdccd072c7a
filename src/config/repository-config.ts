import type { EngineName, StackEntry } from '../kernel/stack-entry.ts';
import { checkHoldfast } from './holdfast-checks.ts';
import { holdfastSchema, type ParsedHoldfast } from './holdfast-schema.ts';
import { LATER_IN_HOLDFAST, reportLater } from './later.ts';
import { hasErrors, type Problem, sortProblems } from './problem.ts';
import { Reporter } from './reporter.ts';
import { dropEmptyContainers } from './resolve-references.ts';
import { reportIssues } from './schema-problems.ts';
import { normalizeDir } from './stack-name.ts';
import { emptyDocument, type Position, parseYaml } from './yaml-document.ts';

/** The name of the file at the root of a watched repository. */
export const REPOSITORY_FILE = 'holdfast.yaml';

/** One stack as holdfast.yaml lists it: what it leaves open is null, everything else has its default. */
export interface ListedStack extends Omit<StackEntry, 'name' | 'engine' | 'listed'> {
  /** null: to be made from the directory. */
  readonly name: string | null;
  /** null: terraform, unless the directory says otherwise. */
  readonly engine: EngineName | null;
  /** Where the entry stands in the file. */
  readonly place: Position | null;
}

/** A repository's own file. With an error among its problems it lists nothing, and nothing is to be planned from it. */
export interface RepositoryConfig {
  readonly file: string;
  readonly discover: { readonly enabled: boolean; readonly ignore: readonly string[] };
  readonly stacks: readonly ListedStack[];
  readonly problems: readonly Problem[];
}

/** Parses holdfast.yaml from memory; null: there is none. `now` (ms) says which ignore rules have expired. Never throws. */
export function parseRepositoryConfig(
  bytes: Uint8Array | null,
  options: { readonly now: number; readonly file?: string },
): RepositoryConfig {
  const file = options.file ?? REPOSITORY_FILE;
  const document = bytes === null ? emptyDocument(file) : parseYaml(bytes, file);
  const value = dropEmptyContainers(holdfastSchema, document.value);
  const reporter = new Reporter({ document, schema: holdfastSchema, value: () => value });
  const parsed = holdfastSchema.safeParse(value);
  if (document.isReadable) {
    const referencesWayOut = 'only server.yaml reads {env} and {file}; give it under `environment` there';
    reportIssues(parsed.error?.issues ?? [], { schema: holdfastSchema, value, reporter, referencesWayOut });
    checkHoldfast({ value, reporter, now: options.now });
    reportLater(value, LATER_IN_HOLDFAST, reporter);
  }
  const problems = sortProblems(reporter.problems);
  if (!parsed.success || hasErrors(problems)) return { file, ...NOTHING, problems };
  const stacks = parsed.data.stacks.map((stack, index) =>
    toListedStack(stack, document.positionOf(['stacks', index], 'value')),
  );
  return { file, discover: parsed.data.discover, stacks, problems };
}

const NOTHING = { discover: { enabled: false, ignore: [] }, stacks: [] } as const;

function toListedStack(stack: ParsedHoldfast['stacks'][number], place: Position | null): ListedStack {
  return {
    ...stack,
    name: stack.name ?? null,
    dir: normalizeDir(stack.dir) ?? stack.dir,
    engine: stack.engine ?? null,
    engine_version: stack.engine_version ?? null,
    drift: stack.drift === undefined ? null : toDrift(stack.drift),
    cdktf: stack.cdktf ?? null,
    place,
  };
}

function toDrift(drift: NonNullable<ParsedHoldfast['stacks'][number]['drift']>): NonNullable<StackEntry['drift']> {
  return {
    every_ms: drift.every ?? null,
    remediate: drift.remediate,
    ignore: drift.ignore.map((rule) => ({ ...rule, expires: rule.expires ?? null })),
  };
}
