import type { EngineName, StackEntry } from '../kernel/stack-entry.ts';
import { checkHoldfast } from './holdfast-checks.ts';
import { holdfastSchema, type ParsedHoldfast } from './holdfast-schema.ts';
import type { KeyPath } from './key-path.ts';
import { LATER_IN_HOLDFAST, reportLater } from './later.ts';
import { hasErrors, type Problem, sortProblems } from './problem.ts';
import { Reporter } from './reporter.ts';
import { dropEmptyContainers } from './resolve-references.ts';
import { reportIssues } from './schema-problems.ts';
import { normalizeDir } from './stack-name.ts';
import { emptyDocument, type Position, parseYaml, type YamlDocument } from './yaml-document.ts';

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

/** A holdfast.yaml as it was read: what its problems are, and where. */
export interface HoldfastReading {
  readonly file: string;
  readonly document: YamlDocument;
  /** The file's value, empty containers left out. Any part of it may be of any shape. */
  readonly value: unknown;
  /** null: it does not fit the schema. */
  readonly parsed: ParsedHoldfast | null;
  /** In the order of the file. */
  readonly problems: readonly Problem[];
  /** Of what is wrong. */
  readonly faulty: readonly KeyPath[];
}

export interface RepositoryConfigOptions {
  /** Says which ignore rules have expired. Milliseconds. */
  readonly now: number;
  readonly file?: string;
}

/** Parses holdfast.yaml from memory; null: there is none. Never throws. */
export function parseRepositoryConfig(bytes: Uint8Array | null, options: RepositoryConfigOptions): RepositoryConfig {
  const { file, document, parsed, problems } = readHoldfast(bytes, options);
  if (parsed === null || hasErrors(problems)) return { file, ...NOTHING, problems };
  const stacks = parsed.stacks.map((stack, index) =>
    toListedStack(stack, document.positionOf(['stacks', index], 'value')),
  );
  return { file, discover: parsed.discover, stacks, problems };
}

/** Reads and checks holdfast.yaml. */
export function readHoldfast(bytes: Uint8Array | null, options: RepositoryConfigOptions): HoldfastReading {
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
  return { file, document, value, parsed: parsed.data ?? null, problems, faulty: reporter.faulty };
}

const NOTHING = { discover: { enabled: false, ignore: [] }, stacks: [] } as const;

/** One entry as the schema gives it. */
export function toListedStack(stack: ParsedHoldfast['stacks'][number], place: Position | null): ListedStack {
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
