import { writeFile } from 'node:fs/promises';
import { dirname, join, relative, resolve } from 'node:path';
import { clean } from '../../api/text/clean.ts';
import { plainPaint } from '../../api/text/paint.ts';
import { importAtlantis, type NamedBytes } from '../../config/atlantis/import-atlantis.ts';
import { type Problem, renderProblem } from '../../config/problem.ts';
import { REPOSITORY_FILE } from '../../config/repository-config.ts';
import { readRegularFile } from '../../config/secret-file.ts';
import { HoldfastError } from '../../kernel/errors.ts';
import type { CommandDefinition } from '../command.ts';
import { openImportedRepository } from '../imported-repository.ts';

export const command: CommandDefinition = {
  name: 'import',
  summary: "Make a holdfast.yaml from another tool's file",
  description:
    'Reads atlantis.yaml (version 2 or 3) and writes the holdfast.yaml that plans the same stacks for the same changes, ' +
    'beside it unless told otherwise. Whatever is not carried over is a warning with its line.',
  needsServer: false,
  arguments: [
    { syntax: '<from>', text: 'which tool', choices: ['atlantis'] },
    { syntax: '<file>', text: 'atlantis.yaml at the root of a repository' },
  ],
  options: [
    { flags: '--repos <file>', text: "the server side's repos.yaml" },
    { flags: '--output <file>', text: 'where to write (default: holdfast.yaml beside FILE); `-` prints it' },
    { flags: '--force', text: 'write over a file that exists' },
  ],
  examples: [
    ['holdfast import atlantis atlantis.yaml', 'write holdfast.yaml beside it'],
    ['holdfast import atlantis atlantis.yaml --output -', 'look first'],
    ['holdfast import atlantis atlantis.yaml --repos /etc/atlantis/repos.yaml', 'with the workflows of the server'],
  ],
  exits: '0 written (warnings included), 1 not.',
  async run({ deps, output }, { args: [, file = ''], options }) {
    const path = resolve(deps.cwd, file);
    const repos = options.repos === undefined ? null : readNamed(resolve(deps.cwd, String(options.repos)), deps.cwd);
    const repository = openImportedRepository(dirname(path));
    const { text, draft, problems } = importAtlantis(readNamed(path, deps.cwd), repos, repository, deps.clock.now());
    if (text === null || draft === null) throw refused(problems, relative(deps.cwd, path) || path);
    for (const problem of problems) output.say(clean(renderProblem(problem)));
    const target = targetOf(options.output, path, deps.cwd);
    if (target !== null) await write(target, text, options.force === true);
    const json = {
      file: target,
      ...(target === null ? { text } : {}),
      stacks: draft.stacks.length,
      discovers: draft.discover.enabled,
      warnings: problems.map(warningJson),
    };
    return {
      exit: 0,
      json,
      text: ({ paint = plainPaint }) => {
        if (target === null) return text;
        const count =
          problems.length === 0 ? '' : `, ${problems.length} ${problems.length === 1 ? 'warning' : 'warnings'}`;
        const shown = clean(relative(deps.cwd, target) || target);
        const stacks = `${draft.stacks.length} ${draft.stacks.length === 1 ? 'stack' : 'stacks'}`;
        return `written  ${shown}: ${stacks}${count}\n\n${paint.strong('Next:')} holdfast validate ${clean(relative(deps.cwd, dirname(target)) || '.')}\n`;
      },
    };
  },
};

function readNamed(path: string, cwd: string): NamedBytes {
  const read = readRegularFile(path);
  const file = relative(cwd, path).startsWith('..') ? path : relative(cwd, path);
  if ('bytes' in read) return { file, bytes: read.bytes };
  const wayOut = 'name the file, such as: holdfast import atlantis atlantis.yaml';
  throw new HoldfastError('invalid', `${file}: ${read.wrong}`, { treatment: { kind: 'human', wayOut } });
}

function refused(problems: readonly Problem[], file: string): HoldfastError {
  const errors = problems.filter(({ severity }) => severity === 'error');
  const shown = errors.map((problem) => ({ ...warningJson(problem) }));
  return new HoldfastError('invalid', `${file} cannot be carried over; nothing was written`, {
    treatment: { kind: 'human', wayOut: 'correct it and call this again' },
    details: { problems: shown },
  });
}

function warningJson(problem: Problem) {
  const { file, line, column, subject, key, value, message, wayOut } = problem;
  return { file, line, column, subject, key, value, message, way_out: wayOut, text: renderProblem(problem) };
}

/** null: to stdout. */
function targetOf(given: string | boolean | undefined, file: string, cwd: string): string | null {
  if (given === '-') return null;
  return given === undefined ? join(dirname(file), REPOSITORY_FILE) : resolve(cwd, String(given));
}

async function write(path: string, text: string, isForced: boolean): Promise<void> {
  try {
    await writeFile(path, text, { flag: isForced ? 'w' : 'wx' });
  } catch (error) {
    const exists = error instanceof Error && 'code' in error && error.code === 'EEXIST';
    const wayOut = exists
      ? 'write over it with --force, or elsewhere with --output'
      : 'name another file with --output';
    const message = exists ? `${path} exists already; nothing was written` : `cannot write ${path}`;
    throw new HoldfastError('invalid', message, {
      ...(exists ? {} : { cause: error }),
      treatment: { kind: 'human', wayOut },
    });
  }
}
