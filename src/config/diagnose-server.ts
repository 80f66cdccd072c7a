import type { Environment } from './environment.ts';
import { isMap, type KeyPath, pathKey } from './key-path.ts';
import { LATER_IN_SERVER, reportLater } from './later.ts';
import { applyOverlay, type Flags } from './overlay.ts';
import type { Problem } from './problem.ts';
import { type Origin, Reporter } from './reporter.ts';
import { dropEmptyContainers, type ReadSecretFile, type Reference, resolveReferences } from './resolve-references.ts';
import { reportIssues } from './schema-problems.ts';
import { checkServer } from './server-checks.ts';
import { type ParsedServer, serverSchema } from './server-schema.ts';
import type { YamlDocument } from './yaml-document.ts';

export interface DiagnoseOptions {
  readonly env: Environment;
  readonly flags: Flags;
  /** Reads `{file}` of the document. */
  readonly readFile: ReadSecretFile;
  /** Reads `HOLDFAST_…_FILE`. */
  readonly readOutside: ReadSecretFile;
  readonly only?: readonly (keyof ParsedServer)[];
}

/** A document of server.yaml, looked at from all sides. */
export interface ServerDiagnosis {
  /** null where it does not fit the schema. */
  readonly parsed: ParsedServer | null;
  readonly problems: readonly Problem[];
  /** As written, with environment, flags and references applied. Holds secrets. */
  readonly value: unknown;
  readonly origins: ReadonlyMap<string, Origin>;
  readonly references: ReadonlyMap<string, Reference>;
  isFromOutside(path: KeyPath): boolean;
  sourceFileOf(path: KeyPath): string | null;
}

/** Every problem of a server.yaml at once. Reads files only through `options`. */
export function diagnoseServer(document: YamlDocument, options: DiagnoseOptions): ServerDiagnosis {
  const written = dropEmptyContainers(serverSchema, pick(document.value, options.only));
  const { env, flags, readFile, readOutside, only } = options;
  const overlaid = applyOverlay(written, { schema: serverSchema, env, flags, readFile: readOutside, only });
  let value = overlaid.value;
  const references = new Map<string, Reference>();
  const reporter = new Reporter({
    document,
    schema: serverSchema,
    value: () => value,
    origins: overlaid.origins,
    references,
  });
  const resolved = resolveReferences(serverSchema, value, {
    env,
    readFile,
    report: (path, finding) => reporter.report(path, finding),
  });
  for (const [path, reference] of resolved.references) references.set(path, reference);
  value = resolved.value;
  const parsed = serverSchema.safeParse(value);
  if (document.isReadable) {
    const isReported = (path: KeyPath) => resolved.failed.has(pathKey(path));
    const referencesWayOut = 'write {env: NAME} or {file: PATH}, one of them';
    reportIssues(parsed.error?.issues ?? [], { schema: serverSchema, value, reporter, isReported, referencesWayOut });
    checkServer({ value, references, reporter });
    reportLater(value, LATER_IN_SERVER, reporter);
  }
  return {
    parsed: document.isReadable && parsed.success ? parsed.data : null,
    problems: [...reporter.problems, ...overlaid.problems],
    value,
    origins: overlaid.origins,
    references,
    isFromOutside: (path) => overlaid.origins.has(pathKey(path)),
    sourceFileOf: (path) => references.get(pathKey(path))?.file ?? null,
  };
}

/** The blocks that are asked for; the others count as absent. */
function pick(value: unknown, only: readonly string[] | undefined): unknown {
  if (only === undefined || !isMap(value)) return value;
  return Object.fromEntries(Object.entries(value).filter(([key]) => only.includes(key)));
}
