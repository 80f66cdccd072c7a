import type { z } from 'zod';
import { hasErrors, type Problem, sortProblems } from '../problem.ts';
import { Reporter } from '../reporter.ts';
import { parseRepositoryConfig } from '../repository-config.ts';
import { reportIssues } from '../schema-problems.ts';
import { parseYaml } from '../yaml-document.ts';
import { atlantisSchema, reposSchema } from './atlantis-schema.ts';
import { convertAtlantis, type HoldfastDraft, type ImportedRepository } from './convert-atlantis.ts';
import { ImportWarnings } from './import-warnings.ts';
import type { Parsed } from './parsed.ts';
import { writeHoldfast } from './write-holdfast.ts';

/** A file's bytes, and its name as the user gave it. */
export interface NamedBytes {
  readonly file: string;
  readonly bytes: Uint8Array;
}

/** What came of it: with an error among the problems there is no text. */
export interface AtlantisImport {
  /** The text of holdfast.yaml. */
  readonly text: string | null;
  readonly draft: HoldfastDraft | null;
  /** Errors, or warnings of what is not carried over, by file and line. */
  readonly problems: readonly Problem[];
}

/** Makes the holdfast.yaml that does what an atlantis.yaml and the server's repos.yaml did. Never throws. */
export function importAtlantis(
  atlantis: NamedBytes,
  repos: NamedBytes | null,
  repository: ImportedRepository,
  now: number,
): AtlantisImport {
  const problems: Problem[] = [];
  const parsed = parse(atlantis, atlantisSchema, problems);
  const parsedRepos = repos === null ? null : parse(repos, reposSchema, problems);
  if (parsed === null || (repos !== null && parsedRepos === null)) {
    return { text: null, draft: null, problems: sortProblems(problems) };
  }
  const warnings = new ImportWarnings();
  const draft = convertAtlantis(parsed, parsedRepos, repository, warnings);
  const text = writeHoldfast(draft, atlantis.file);
  // What is written must be what Holdfast reads: a name or path that it refuses is an error of the file it came from.
  const own = parseRepositoryConfig(new TextEncoder().encode(text), { now }).problems;
  const refused = own.filter(({ severity }) => severity === 'error');
  const all = sortProblems([...warnings.problems, ...refused]);
  return hasErrors(all) ? { text: null, draft: null, problems: all } : { text, draft, problems: all };
}

/** The document as its schema reads it; null where a problem is an error. */
function parse<T>({ file, bytes }: NamedBytes, schema: z.ZodType<T>, problems: Problem[]): Parsed<T> | null {
  const document = parseYaml(bytes, file, { merges: true });
  const reporter = new Reporter({ document, schema, value: () => document.value });
  const result = schema.safeParse(document.value);
  if (document.isReadable) reportIssues(result.error?.issues ?? [], { schema, value: document.value, reporter });
  problems.push(...reporter.problems);
  return result.success && !hasErrors(reporter.problems) ? { document, value: result.data } : null;
}
