import { lstatSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { checkAllowance } from './allowance.ts';
import { type InspectedRepositoryConfig, inspectRepositoryConfig } from './inspect-repository-config.ts';
import { quote } from './key-path.ts';
import { loadServerConfig, type ServerConfigSources } from './load-server-config.ts';
import { hasErrors, type Problem, type Severity, sortProblems } from './problem.ts';
import { REPOSITORY_FILE } from './repository-config.ts';
import { readRegularFile } from './secret-file.ts';
import type { ServerConfig } from './server-config.ts';

/** What `holdfast validate` found. */
export interface Validation {
  /** Absolute path of what was looked at. */
  readonly subject: string;
  /** No problem is an error. */
  readonly isValid: boolean;
  readonly problems: readonly Problem[];
}

/** Checks server.yaml as `up` would read it, and that the folders it names are there. Never throws. */
export function validateServerFile(sources: ServerConfigSources): Validation {
  const { config, problems, file } = loadServerConfig(sources);
  const found = config === null ? problems : [...problems, ...missingFolders(config)];
  const subject = file ?? resolve(sources.cwd, 'server.yaml');
  if (file !== null) return toValidation(subject, found);
  return toValidation(subject, [...found, note('notice', 'server.yaml', 'does not exist: every key has its default')]);
}

/** Folders may lie on workers alone, so that their absence here is a warning. */
function missingFolders(config: ServerConfig): Problem[] {
  const folders: (readonly [string, string | null])[] = [
    ['engines.dir', config.engines.dir],
    ['providers.mirror', config.providers.mirror],
    ...config.repositories.map(({ name, url }) => [`repository ${name}`, url.startsWith('/') ? url : null] as const),
  ];
  return folders.flatMap(([key, folder]) => {
    if (folder === null || isDirectory(folder)) return [];
    return [{ ...note('warning', config.configFile, 'is not there on this machine'), key, value: quote(folder, 300) }];
  });
}

export interface RepositoryCheckOptions {
  /** Milliseconds. */
  readonly now: number;
  /** What is wrong in the stacks themselves (syntax, graph), by whoever can read HCL. */
  readonly checkStacks?: (dir: string, config: InspectedRepositoryConfig) => Promise<readonly Problem[]>;
}

/** Checks the holdfast.yaml and the stacks of a repository's working copy. What only a server can allow is a warning. */
export async function validateRepositoryDir(dir: string, options: RepositoryCheckOptions): Promise<Validation> {
  if (!isDirectory(dir)) return toValidation(dir, [note('error', dir, 'is not a directory', 'name a repository')]);
  const link = 'is a link, and none is followed: the file itself must be in the repository';
  if (isLink(join(dir, REPOSITORY_FILE))) return toValidation(dir, [note('error', REPOSITORY_FILE, link)]);
  const read = readRegularFile(join(dir, REPOSITORY_FILE));
  if ('wrong' in read && !read.missing) return toValidation(dir, [note('error', REPOSITORY_FILE, read.wrong)]);
  const inspected = inspectRepositoryConfig('bytes' in read ? read.bytes : null, { now: options.now });
  const { config } = inspected;
  const stacks = (await options.checkStacks?.(dir, inspected)) ?? [];
  return toValidation(dir, [...config.problems, ...checkAllowance(inspected), ...stacks]);
}

function note(severity: Severity, file: string | null, message: string, wayOut: string | null = null): Problem {
  return { severity, file, line: null, column: null, subject: null, key: null, value: null, message, wayOut };
}

function toValidation(subject: string, problems: readonly Problem[]): Validation {
  return { subject: resolve(subject), isValid: !hasErrors(problems), problems: sortProblems(problems) };
}

function isLink(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() === true;
}

function isDirectory(path: string): boolean {
  try {
    return statSync(path).isDirectory();
  } catch {
    return false;
  }
}
