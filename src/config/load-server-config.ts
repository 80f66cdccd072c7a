import { dirname, relative, resolve } from 'node:path';
import { diagnoseServer, type ServerDiagnosis } from './diagnose-server.ts';
import type { Environment } from './environment.ts';
import { explainSettings, type Setting } from './explain.ts';
import type { Flags } from './overlay.ts';
import { hasErrors, type Problem, sortProblems } from './problem.ts';
import { readRegularFile, secretFileReader } from './secret-file.ts';
import type { ServerConfig } from './server-config.ts';
import type { ParsedServer } from './server-schema.ts';
import { toServerConfig } from './to-server-config.ts';
import { emptyDocument, parseYaml } from './yaml-document.ts';

/** What decides about the configuration besides its file. */
export interface ServerConfigSources {
  /** `--config`; absent: `HOLDFAST_CONFIG`, else `server.yaml` in `cwd`, which alone may be missing. */
  readonly file?: string | undefined;
  /** Absolute folder that relative paths of flags and environment start from. */
  readonly cwd: string;
  readonly env: Environment;
  readonly flags?: Flags;
  /** Only these blocks are looked at, the others count as absent: a command line needs no secret of a channel. */
  readonly only?: readonly (keyof ParsedServer)[];
}

/** What came of it. Never thrown. */
export interface LoadedServerConfig {
  /** null where any problem is an error. */
  readonly config: ServerConfig | null;
  /** In the order of their places. */
  readonly problems: readonly Problem[];
  /** Absolute path of the file that was read, or null: none was there, and none had to be. */
  readonly file: string | null;
  /** Every scalar setting and where it comes from, secrets hidden. */
  readonly settings: readonly Setting[];
}

/** What the command line needs to find a running instance. */
export const LOCAL_KEYS = ['version', 'data_dir', 'listen', 'external_url'] as const;
/** What `holdfast worker` needs. */
export const WORKER_KEYS = [...LOCAL_KEYS, 'worker', 'workers'] as const;

/** Reads server.yaml, applies flags > environment > file > defaults, and checks everything at once. */
export function loadServerConfig(sources: ServerConfigSources): LoadedServerConfig {
  const named = sources.file ?? (sources.env.HOLDFAST_CONFIG || undefined);
  const path = resolve(sources.cwd, named ?? 'server.yaml');
  const read = readRegularFile(path);
  const shown = shownName(path, sources.cwd);
  if ('wrong' in read && (named !== undefined || !read.missing)) {
    return { config: null, problems: [fileProblem(shown, read.wrong)], file: path, settings: [] };
  }
  const document = 'bytes' in read ? parseYaml(read.bytes, shown) : emptyDocument(shown);
  const file = 'bytes' in read ? path : null;
  const diagnosis = diagnoseServer(document, {
    env: sources.env,
    flags: sources.flags ?? {},
    readFile: secretFileReader(dirname(path)),
    readOutside: secretFileReader(sources.cwd),
    ...(sources.only === undefined ? {} : { only: sources.only }),
  });
  const problems = sortProblems(diagnosis.problems);
  const { parsed } = diagnosis;
  const config = parsed === null || hasErrors(problems) ? null : finish(parsed, diagnosis, file, sources.cwd);
  return { config, problems, file, settings: explainSettings(diagnosis, document) };
}

function finish(parsed: ParsedServer, diagnosis: ServerDiagnosis, file: string | null, cwd: string): ServerConfig {
  const folder = file === null ? cwd : dirname(file);
  return toServerConfig(parsed, {
    configFile: file,
    baseOf: (path) => (diagnosis.isFromOutside(path) ? cwd : folder),
    sourceFileOf: (path) => diagnosis.sourceFileOf(path),
    environmentNames: [...diagnosis.references.values()].flatMap(({ variable }) => variable ?? []),
  });
}

/** The file as people name it: relative to where they are, if it lies below. */
function shownName(path: string, cwd: string): string {
  const short = relative(cwd, path);
  return short === '' || short.startsWith('..') ? path : short;
}

function fileProblem(file: string, wrong: string): Problem {
  const none = { line: null, column: null, subject: null, key: null, value: null };
  const wayOut = 'name another with --config, or write one with `holdfast init`';
  return { severity: 'error', file, ...none, message: `cannot be read: ${wrong}`, wayOut };
}
