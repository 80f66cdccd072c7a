import { existsSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { checkAllowance } from './allowance.ts';
import { quote } from './key-path.ts';
import { loadServerConfig, type ServerConfigSources } from './load-server-config.ts';
import { hasErrors, type Problem, type Severity, sortProblems } from './problem.ts';
import {
  type ListedStack,
  parseRepositoryConfig,
  REPOSITORY_FILE,
  type RepositoryConfig,
} from './repository-config.ts';
import { joinInRepository } from './repository-paths.ts';
import { readRegularFile } from './secret-file.ts';
import type { ServerConfig } from './server-config.ts';
import { toStackEntries } from './stack-entries.ts';
import { repositoryNameOf } from './templates.ts';

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
  readonly checkStacks?: (dir: string) => Promise<readonly Problem[]>;
}

/** Checks the holdfast.yaml and the stacks of a repository's working copy. What only a server can allow is a warning. */
export async function validateRepositoryDir(dir: string, options: RepositoryCheckOptions): Promise<Validation> {
  if (!isDirectory(dir)) return toValidation(dir, [note('error', dir, 'is not a directory', 'name a repository')]);
  const read = readRegularFile(join(dir, REPOSITORY_FILE));
  if ('wrong' in read && !read.missing) return toValidation(dir, [note('error', REPOSITORY_FILE, read.wrong)]);
  const config = parseRepositoryConfig('bytes' in read ? read.bytes : null, { now: options.now });
  const named = toStackEntries(config, { repository: repositoryNameOf(resolve(dir)), stackPrefix: '' });
  const stacks = (await options.checkStacks?.(dir)) ?? [];
  return toValidation(dir, [
    ...config.problems,
    ...named.problems,
    ...missingParts(dir, config),
    ...checkAllowance(config, null),
    ...stacks,
  ]);
}

/** Directories and tfvars files that holdfast.yaml names and the repository does not have. */
function missingParts(dir: string, config: RepositoryConfig): Problem[] {
  return config.stacks.flatMap((stack) => {
    const wrong = (key: string, value: string, message: string) => [missing(config.file, stack, key, value, message)];
    if (!isDirectory(join(dir, stack.dir))) return wrong('dir', stack.dir, 'is no directory of this repository');
    return stack.var_files.flatMap((file) => {
      const path = joinInRepository(stack.dir, file);
      const isThere = path !== null && existsSync(join(dir, path));
      return isThere ? [] : wrong('var_files', file, 'is not there, relative to `dir`');
    });
  });
}

function missing(file: string, stack: ListedStack, key: string, value: string, message: string): Problem {
  const { line, column } = stack.place ?? { line: null, column: null };
  const subject = `stack ${quote(stack.name ?? stack.dir)}`;
  const wayOut = 'create it, or correct the path';
  return { severity: 'error', file, line, column, subject, key, value: quote(value, 300), message, wayOut };
}

function note(severity: Severity, file: string | null, message: string, wayOut: string | null = null): Problem {
  return { severity, file, line: null, column: null, subject: null, key: null, value: null, message, wayOut };
}

function toValidation(subject: string, problems: readonly Problem[]): Validation {
  return { subject: resolve(subject), isValid: !hasErrors(problems), problems: sortProblems(problems) };
}

function isDirectory(path: string): boolean {
  try {
    return statSync(path).isDirectory();
  } catch {
    return false;
  }
}
